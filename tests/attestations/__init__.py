"""Tests of the pages of attestations."""
