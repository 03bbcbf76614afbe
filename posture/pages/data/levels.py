"""Names of classification levels."""

from __future__ import annotations

ABBREVIATION_MAX = 4
"""Letters below which a level is an abbreviation, such as PII."""
NO_LEVEL = "none"
"""The level of unclassified stores in URLs."""


def level_name(level: str) -> str:
    """Return the name of a level: "PII", "Confidential", "Unclassified"."""
    if not level:
        return "Unclassified"
    return level.upper() if len(level) < ABBREVIATION_MAX else level.capitalize()
