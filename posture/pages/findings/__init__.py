"""Findings, as a table and one by one: reads history, never AWS."""
