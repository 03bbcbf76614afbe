"""Doors that face the internet and what guards them; reads history, never AWS."""
