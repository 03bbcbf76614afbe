"""Tests of the one-machine installation."""
