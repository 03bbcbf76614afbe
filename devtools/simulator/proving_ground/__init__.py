"""The proving ground: accounts with a case for every check.

They are small, and served from declared answers.
"""
