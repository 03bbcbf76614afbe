"""Data stores by kind and class."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import holdings
from posture.drawing.holdings import HoldingCell, HoldingColumn, HoldingRow
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return a grid with open and unread stores, wide and narrow."""
    columns = [
        HoldingColumn("Confidential", is_sensitive=True),
        HoldingColumn("Internal"),
        HoldingColumn("Public"),
        HoldingColumn("Unclassified"),
    ]
    cells = [HoldingCell(40, 3, 0, "#"), HoldingCell(900, 0, 12, "#"), HoldingCell(), HoldingCell(7, 7, 2, "#")]
    rows = [
        HoldingRow("Buckets", cells, "#"),
        HoldingRow(LONG_NAME, cells[::-1], "#"),
        HoldingRow(HOSTILE, [HoldingCell() for _ in columns]),
    ]
    return [
        (
            "Open ones are marked, hatched where the class could not be read.",
            holdings.draw(columns, rows, "Data stores"),
        ),
        ("On a phone.", holdings.draw(columns, rows, "Data stores, narrow", holdings.NARROW)),
    ]
