"""Tests of the page of access."""
