"""Score and findings on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from posture.drawing import drift
from posture.drawing.drift import Chart, DriftDay, DriftEvent, PeriodColumn, PeriodFigures
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example

START = date(2026, 9, 1)
NAMES = ("Score", "Critical", "High", "Medium", "Low")


def examples() -> Sequence[Example]:
    """Return twelve weeks with events and a week without a sweep, wide and narrow."""
    sweeps = [START + timedelta(days=7 * number) for number in range(12)]
    days = [
        DriftDay(day, None if at == 5 else 80.0 + at % 3, None if at == 5 else 84.0, (at % 4, 100 + at, 600 - at, 200))  # noqa: PLR2004 - one week is missing
        for at, day in enumerate(sweeps)
    ]
    figures = [
        PeriodFigures(name, name.lower(), "1,234", "+2", tone, "12 opened, 10 resolved", "#")
        for name, tone in zip(NAMES, ("better", "worse", "even", "worse", "better"), strict=True)
    ]
    crowd = [
        DriftEvent(START + timedelta(days=70 + at), f"Event {at}, too near to be named", 0.1, "#") for at in range(7)
    ]
    events = [DriftEvent(sweeps[2], LONG_NAME, 1.5, "#"), DriftEvent(sweeps[7], HOSTILE, -4.0, "#"), *crowd]
    columns = [
        PeriodColumn(one, after, str(one), "#") for one, after in zip(sweeps, [*sweeps[1:], sweeps[-1]], strict=True)
    ]
    chart = Chart(days, figures, events, columns, sweeps[-4], sweeps[-1])
    return [
        ("A period is chosen; one sweep is missing.", drift.draw(chart, "Drift over twelve weeks")),
        ("On a phone.", drift.draw(chart, "Drift over twelve weeks, narrow", drift.NARROW)),
    ]
