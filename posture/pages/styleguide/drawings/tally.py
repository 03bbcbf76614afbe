"""A check's outcomes through time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from posture.drawing import tally
from posture.drawing.tally import TallyDay
from posture.pages.styleguide.drawings import Example

START = date(2026, 9, 1)


def examples() -> Sequence[Example]:
    """Return days with and without what could not be seen."""
    days = [TallyDay(START + timedelta(days=9 * at), 12 - at, at % 4 * 2) for at in range(9)]
    none = [TallyDay(one.day, 0, 0) for one in days]
    return [
        ("Fewer fail; hatched what could not be seen.", tally.draw(days, "A check through time")),
        ("Nothing failed.", tally.draw(none, "A check that always passed")),
    ]
