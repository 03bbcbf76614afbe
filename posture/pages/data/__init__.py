"""Data stores, their classification and exposure; reads history, never AWS."""
