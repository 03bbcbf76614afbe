"""Identities, their power, use and trusts; reads history, never AWS."""
