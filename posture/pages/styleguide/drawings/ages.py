"""Findings by severity and age."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import ages
from posture.drawing.ages import AgeCell, AgeRow
from posture.pages.styleguide.drawings import Example

COLUMNS = ("under a week", "a month", "90 days", "a year", "longer")
COUNTS = ((0, 2, 12, 60, 400), (1, 0, 3, 20, 150), (2, 30, 90, 7, 1_200), (700, 15, 5, 300, 0))


def examples() -> Sequence[Example]:
    """Return a grid within and past limits, one with a choice, and an empty one."""
    kinds = (("Critical", "critical", 1), ("High", "high", 2), ("Medium", "medium", 3), ("Low", "low", 4))
    rows = [
        AgeRow(name, kind, [AgeCell(count, "#", at >= limit) for at, count in enumerate(counts)])
        for (name, kind, limit), counts in zip(kinds, COUNTS, strict=True)
    ]
    chosen = [AgeRow(row.name, row.kind, row.cells, row.kind == "high", "#") for row in rows]
    none = [AgeRow(row.name, row.kind, [AgeCell(0) for _ in COLUMNS]) for row in rows]
    return [
        ("The line is the time limit: left of it grey, right of it red, deeper with the count.",
         ages.draw(COLUMNS, rows, "Findings by severity and age")),
        ("One severity is chosen: the others are outlines with their numbers.",
         ages.draw(COLUMNS, chosen, "Findings of one severity by age", selected_only=True)),
        ("Nothing is open.", ages.draw(COLUMNS, none, "No findings")),
    ]  # fmt: skip
