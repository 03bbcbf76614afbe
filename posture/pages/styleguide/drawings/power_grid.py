"""Identities by what they may do and when they were used."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import power_grid
from posture.drawing.power_grid import PowerCell, PowerRow, UseColumn
from posture.pages.styleguide.drawings import HOSTILE, Example


def examples() -> Sequence[Example]:
    """Return a grid with marks, bars and hatches, wide and narrow."""
    columns = [UseColumn("7 days", "used within"), UseColumn("longer ago", is_first_past=True), UseColumn("not known")]
    rows = [
        PowerRow("Administrator", "may do everything",
                 [PowerCell(3, 4, 2, url="#"), PowerCell(1, 2, look="o2", url="#"), PowerCell(1, is_hatched=True)]),
        PowerRow("Can become one", "by one call of its own",
                 [PowerCell(look="o1"), PowerCell(2, 1, look="o1", url="#"), PowerCell(is_hatched=True)]),
        PowerRow("Ordinary", HOSTILE, [PowerCell(20, 900, 300, url="#"), PowerCell(), PowerCell(is_hatched=True)]),
    ]  # fmt: skip
    return [
        ("A mark is one identity; many have bars.", power_grid.draw(columns, rows, "Power and use")),
        ("On a phone.", power_grid.draw(columns, rows, "Power and use, narrow", power_grid.NARROW)),
    ]
