"""A score through time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from posture.drawing import trend
from posture.drawing.trend import TrendEvent, TrendPoint
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example

START = date(2026, 9, 1)


def examples() -> Sequence[Example]:
    """Return a score with events and a hole, and one that never moved."""
    lows = (78.0, 79.5, 79.5, None, 82.0, 71.0, 71.5, 76.0)
    points = [
        TrendPoint(START + timedelta(days=11 * at), low, None if low is None else low + 1 + at)
        for at, low in enumerate(lows)
    ]
    events = [
        TrendEvent(points[4].day, LONG_NAME, "payments", 2.5, "#"),
        TrendEvent(points[5].day, HOSTILE, "3 accounts", -11.0, "#"),
    ]
    flat = [TrendPoint(point.day, 90.0, 90.0) for point in points]
    return [
        ("Lower end, hatched up to the upper one; what moved it is named.",
         trend.draw(points, events, "The score over three months", since=points[1].day)),
        ("It never moved.", trend.draw(flat, [], "A score that did not move")),
    ]  # fmt: skip
