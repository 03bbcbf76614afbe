"""A tool's coverage through time, one of several small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from posture.drawing import multiples
from posture.drawing.multiples import CurrentShare, ShareDay
from posture.pages.styleguide.drawings import Example

START = date(2026, 9, 1)


def examples() -> Sequence[Example]:
    """Return a tool that was switched on, and one that is known for a day."""
    days = [ShareDay(START + timedelta(days=7 * at), 10 + at, 4, 2 + at % 3, 12 - at) for at in range(9)]
    now = CurrentShare(18, 4, 3, 3, 6)
    return [
        ("It was switched on in more and more places.", multiples.draw(days, now, "GuardDuty", days[4].day)),
        ("Known since today.", multiples.draw(days[:1], now, "Macie")),
    ]
