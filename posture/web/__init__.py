"""The frame in which every page lives: scope, navigation, figures, tables.

Knows no area of the site.
"""
