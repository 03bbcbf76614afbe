"""RBAC as a graph: who holds what, who can take more, and in which steps."""
