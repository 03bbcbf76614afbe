"""Tests of the collectors, on recorded answers."""
