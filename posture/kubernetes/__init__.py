"""Kubernetes as manifests describe it: read safely, and judged by the Pod Security Standards."""
