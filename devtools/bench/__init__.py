"""Benchmarks: how fast the product is, held to what the machine could do.

No part of the product needs them.
"""
