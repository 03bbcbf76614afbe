"""Upkeep of the store: finish, retention, warm-up, dictionaries."""
