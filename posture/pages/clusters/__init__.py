"""Clusters: what runs in them, who holds power, and the ways from and to IAM."""
