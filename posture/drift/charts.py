"""The two charts of the drift page; dragging over either chooses the period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from posture.drift.period import Period
from posture.history import read
from posture.history.read import ChartEvent, DayPoint
from posture.history.scope import Scope
from posture.web import figures, timeline
from posture.web.figures import Figure, Series

PARAMETERS = ("since", "until")
BARE_DAYS = 2
"""A line has two ends."""


def days(scope: Scope, period: Period) -> list[DayPoint]:
    """Return the days that the charts draw."""
    return read.score_series(scope, period.chart_start, period.now)


def score(
    request: HttpRequest, points: Sequence[DayPoint], events: Sequence[ChartEvent], period: Period
) -> Figure | None:
    """Draw the score's band with what happened; None while it would be a single point."""
    marks = timeline.marks(request, events)
    urls = [timeline.day_url(request, one.day) for one in points]
    drawn = timeline.score_chart("The score through time, with what happened", points, marks, PARAMETERS, urls)
    return shaded(drawn, period) if drawn else None


def findings(points: Sequence[DayPoint], period: Period) -> Figure | None:
    """Draw the open findings by severity, stacked."""
    if len(points) < BARE_DAYS:
        return None
    colours = figures.SEVERITY_COLOURS
    stacks = [
        Series("Critical", [one.critical for one in points], colours["critical"]),
        Series("High", [one.high_open for one in points], colours["high"]),
        Series("Medium", [one.medium for one in points], colours["medium"]),
        Series("Low", [one.low_open for one in points], colours["low"]),
    ]
    drawn = figures.lines(
        "findings", "Open findings by severity through time", [one.day for one in points], stacks,
        stacked=True, period=PARAMETERS,
    )  # fmt: skip
    return shaded(replace(drawn, height="short"), period)


def shaded(figure: Figure, period: Period) -> Figure:
    """Lay the chosen period under a chart."""
    shade: dict[str, Any] = {
        "type": "rect",
        "x0": period.since.date().isoformat(),
        "x1": period.until.date().isoformat(),
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "fillcolor": "var(--pl-brass-tint)",
        "opacity": 0.6,
        "line": {"width": 0},
        "layer": "below",
    }
    return replace(figure, layout={**figure.layout, "shapes": [shade, *figure.layout.get("shapes", [])]})
