"""Everything that is kept by column, behind `api`: an event log for counting, and encoded rows for the large lists.

PostgreSQL's rows stay the truth: all that is kept here can be dropped at any time, and is made again from them.
"""
