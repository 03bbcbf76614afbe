"""Tests of the Outposts' pages."""
