"""Sweeps, live and past, and their gaps: reads history, never AWS."""
