"""The executive overview: reads history, never AWS."""
