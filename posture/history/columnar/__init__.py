"""The column store, behind `api`: an event log to count and encoded rows to list.

PostgreSQL's rows are the source of truth: everything kept here can be dropped at any time and is rebuilt from them.
"""
