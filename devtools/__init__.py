"""Tools for developers of Plumbline: launcher, simulated Organization, benchmarks.

The image has none of them.
"""
