"""Pages of Kubernetes clusters."""
