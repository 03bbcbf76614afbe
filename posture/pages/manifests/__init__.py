"""Manifests that people upload: sources, previews, and objects with their lines."""
