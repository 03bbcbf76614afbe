"""Kubernetes: reading manifests, and judging them."""
