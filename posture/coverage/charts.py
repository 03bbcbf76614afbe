"""Coverage through time, drawn: each tool's share of the places, and the share of the estate that we saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from posture.core.coverage import tools
from posture.history import read
from posture.history.read import CoverageSeries
from posture.history.scope import Scope
from posture.web import figures
from posture.web.figures import Figure, Series

CHART_DAYS = 90
LEAST_RANGE = 5
"""Percent: a smaller share that was not seen is drawn no larger than it would be among these."""
LOOKS = tuple(
    (f"var(--pl-series-{number})", dash)
    for number, dash in enumerate(("", "dash", "dashdot", "", "dash", "dashdot", "", "dash", "dashdot"), 1)
)
"""A colour and a way of dashing for each tool, so that who cannot tell colours apart can tell lines apart."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The charts; none while there is a single day."""

    figures: Sequence[Figure]


def through_time(scope: Scope) -> Drawn:
    """Draw the last 90 days, or since the date of comparison where that is longer."""
    start = min(scope.now - timedelta(days=CHART_DAYS), scope.compare_to)
    series = read.coverage_series(scope, start, scope.now)
    if len(series.days) < 2:  # noqa: PLR2004 - a line has two ends
        return Drawn(())
    return Drawn([_sight(series), *_tools(series)])


def _sight(series: CoverageSeries) -> Figure:
    hidden = [100 * (1 - share) for share in series.sight]
    part = Series("Not seen of the estate, %", hidden, figures.QUIET, is_hatched=True)
    drawn = figures.lines("sight", "What we could not see of the estate", series.days, [part], stacked=True)
    drawn.layout["yaxis"] |= {"range": [0, max(LEAST_RANGE, *hidden)], "ticksuffix": " %"}
    return replace(drawn, height="short")


def _tools(series: CoverageSeries) -> list[Figure]:
    lines = [
        Series(tool.title, [None if day.share is None else 100 * day.share for day in days], colour, dash=dash)
        for tool, (colour, dash) in zip(tools(), LOOKS, strict=True)
        if (days := series.tools.get(tool.id)) and any(day.places for day in days)
    ]
    unknown = [sum(day.unknown for day in days) for days in zip(*series.tools.values(), strict=True)]
    places = [sum(day.places for day in days) for days in zip(*series.tools.values(), strict=True)]
    if not lines:
        return []
    hidden = [100 * some / whole if whole else None for some, whole in zip(unknown, places, strict=True)]
    lines.append(Series("Not seen", hidden, "var(--pl-unknown-ink)", is_hatched=True))
    drawn = figures.lines("tools", "Places in which AWS's own tools are fully on, %", series.days, lines)
    drawn.layout["yaxis"] |= {"range": [0, 103], "ticksuffix": " %"}
    # Below, where it has room for all the names on a narrow screen, too.
    drawn.layout["legend"] |= {"y": -0.12, "yanchor": "top", "maxheight": 0.6, "itemwidth": 30}
    drawn.layout["margin"] |= {"t": 12}
    return [replace(drawn, height="taller")]
