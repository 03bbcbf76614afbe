"""Tests of the whole product at once: simulator, queue, worker, database, site and browser."""
