"""RBAC as a graph, by examples and properties."""
