"""State marks in a grid."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import marks
from posture.drawing.marks import StateCell, StateMark, StateRow
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return a grid with each mark in each row."""
    every = [*StateMark]
    rows = [
        StateRow(
            name,
            [StateCell(every[(at + turn) % len(every)], str(every[(at + turn) % len(every)]), "#") for at in range(6)],
            "4 of 6",
            "#",
        )
        for turn, name in enumerate(("Production", LONG_NAME, HOSTILE))
    ]
    columns = ("GuardDuty", "Security Hub", "Config", "CloudTrail", "Macie", "Access Analyzer")
    return [("On, partly, off, not seen, not there.", marks.draw(columns, rows, "Tools by unit"))]
