"""Tests of the pages of parameters."""
