"""Plumbline's tests; each brings up the services it needs by itself."""
