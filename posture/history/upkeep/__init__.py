"""Keeps the store fit to be read: finish, retention, warm-up, compression dictionaries."""
