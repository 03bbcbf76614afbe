"""Opened against resolved, a row of a table."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import balance
from posture.drawing.balance import Scale
from posture.pages.styleguide.drawings import Example


def examples() -> Sequence[Example]:
    """Return the head, rows on one scale, and severities."""
    scale = Scale(40, 25)
    return [
        ("The head of the column.", balance.head(scale)),
        ("Much of both.", balance.draw(40, 25, scale)),
        ("Nothing opened.", balance.draw(0, 3, scale)),
        ("Neither.", balance.draw(0, 0, scale)),
        *((f"Severity {number}.", balance.level(number, "Severity")) for number in (4, 3, 2, 1)),
        ("It could not be seen.", balance.level(3, "High", is_unseen=True)),
    ]
