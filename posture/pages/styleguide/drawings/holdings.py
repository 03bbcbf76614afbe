"""Data stores by kind and class."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import holdings
from posture.drawing.holdings import Cell, Column, Row
from posture.pages.styleguide.drawings import HOSTILE, LONG, Example


def examples() -> Sequence[Example]:
    """Return a grid with open and unread stores, wide and narrow."""
    columns = [Column("Confidential", is_sensitive=True), Column("Internal"), Column("Public"), Column("Unclassified")]
    cells = [Cell(40, 3, 0, "#"), Cell(900, 0, 12, "#"), Cell(), Cell(7, 7, 2, "#")]
    rows = [Row("Buckets", cells, "#"), Row(LONG, cells[::-1], "#"), Row(HOSTILE, [Cell() for _ in columns])]
    return [
        (
            "Open ones are marked, hatched where the class could not be read.",
            holdings.draw(columns, rows, "Data stores"),
        ),
        ("On a phone.", holdings.draw(columns, rows, "Data stores, narrow", holdings.NARROW)),
    ]
