"""The practices, and how they stand: reads history, never AWS."""
