"""Manifests that people upload: read, kept with their lines, recorded in history."""
