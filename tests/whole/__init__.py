"""Tests of the whole product at once.

Simulator, queue, worker, database, site and browser.
"""
