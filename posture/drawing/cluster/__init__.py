"""Draw a Kubernetes cluster: its namespaces, who holds power, and IAM."""
