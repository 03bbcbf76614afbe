"""Tests of the container pages."""
