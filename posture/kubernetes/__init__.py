"""Kubernetes as manifests describe it, read safely and judged."""
