"""Tests of the data pages."""
