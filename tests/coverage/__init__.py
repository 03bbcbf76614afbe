"""Tests of the coverage pages."""
