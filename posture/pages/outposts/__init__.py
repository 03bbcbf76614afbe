"""Racks, what is placed on them, and the duties that move: reads history, never AWS."""
