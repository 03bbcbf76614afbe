"""Tests of the pages of drift."""
