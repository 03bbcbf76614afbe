"""Draw spans through all panels: the period, sweeps, and times without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median

from django.utils.safestring import SafeString

from posture.drawing import svg
from posture.drawing.drift.axes import Plot
from posture.drawing.drift.model import Chart, DriftDay

SILENCE, SILENCE_MIN = 2.5, 3
"""Times the usual span between sweeps, and days, from which on nobody looked."""


def draw_period(plot: Plot, chart: Chart, top: float, bottom: float) -> Iterator[SafeString]:
    """Yield the selected period with its edges."""
    left, right = plot.x(chart.since), plot.x(chart.until)
    yield svg.rect(left, top, right - left, bottom - top, "pl-drift-period")
    for x in (left, right):
        yield svg.line(x, top, x, bottom, "pl-drift-edge")


def draw_columns(plot: Plot, chart: Chart, top: float, bottom: float) -> Iterator[SafeString]:
    """Yield each sweep's column; keyboards find the same links in the table."""
    for column in chart.columns:
        left, right = plot.x(column.first), plot.x(column.last)
        # The last sweep has no next one: its column is what is left of the axis.
        shape = svg.rect(left, top, max(right - left, 2.0), bottom - top, "pl-drift-column")
        yield svg.element("a", svg.element("title", column.title), shape, href=column.url, tabindex="-1")


def draw_silences(plot: Plot, days: Sequence[DriftDay], top: float, bottom: float) -> Iterator[SafeString]:
    """Yield a hatched span through all panels for each time in which nobody looked."""
    spans = [(after.day - before.day).days for before, after in pairwise(days)]
    limit = max(SILENCE_MIN, SILENCE * median(spans))
    for (before, after), span in zip(pairwise(days), spans, strict=True):
        if span > limit:
            left, right = plot.x(before.day + timedelta(days=1)), plot.x(after.day)
            title = (
                f"No sweep between {before.day:%-d %B} and {after.day:%-d %B}: what happened then is not known by day"
            )
            yield svg.link("", title, svg.hatch(left, top, right - left, bottom - top, "pl-drift-silence"))
