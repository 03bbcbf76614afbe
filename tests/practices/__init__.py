"""Tests of the pages of practices."""
