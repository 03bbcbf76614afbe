"""Tests of the checks, by the examples that they carry."""
