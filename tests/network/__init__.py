"""Tests of the network's pages."""
