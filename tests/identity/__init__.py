"""Tests of the identity pages."""
