"""Onboarding in three steps that can be left at any point: who, deploy, connect.

Nothing here calls AWS: a worker tests the connection, and the page shows what it wrote down.
"""
