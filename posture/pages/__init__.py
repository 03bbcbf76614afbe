"""The pages of the site, one package per area.

Each reads history through a scope and never calls AWS.
"""
