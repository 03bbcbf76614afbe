"""Tests of uploaded manifests."""
