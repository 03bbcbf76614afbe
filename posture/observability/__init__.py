"""How the site shows itself to those who run it: log lines and metrics.

Changes nothing, and asks AWS nothing.
"""
