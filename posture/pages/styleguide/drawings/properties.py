"""Shares of kinds that have a property."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import properties
from posture.drawing.properties import PropertyRow, PropertyShare
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return the grid with much, little, nothing and what was not seen."""
    columns = ["In transit", "At rest", "Kept"]
    rows = [
        PropertyRow("S3 buckets", [PropertyShare(4000, 1, 0, "#"), PropertyShare(40), PropertyShare(1, 2, 3, "#")]),
        PropertyRow(LONG_NAME, [PropertyShare(), PropertyShare(0, 0, 7, "#"), PropertyShare(120_000, 45_000, 9, "#")]),
        PropertyRow(HOSTILE, [PropertyShare(), PropertyShare(), PropertyShare()]),
    ]
    return [
        ("What lacks the property comes first.", properties.draw(columns, rows, "Properties")),
        ("On a phone.", properties.draw_narrow(rows, "Properties, narrow")),
    ]
