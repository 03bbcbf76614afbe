"""What changed between two dates: reads history, never AWS."""
