"""Simulated clusters: the part of Kubernetes's API that a reader of objects needs."""
