"""Tests of the least role that works."""
