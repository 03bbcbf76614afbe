"""Resources by type, and one by one with their versions: reads history, never AWS."""
