"""The axes of the picture of drift: time for all panels, values for each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString

from posture.drawing import svg
from posture.drawing.drift.model import Chart, DriftDay, PeriodFigures

WIDE, NARROW = 1118.0, 324.0
HEIGHT = 58.0
"""The height of a panel that is not the first two; its axis has labels at both ends alone."""
TICKS, TICK_ROOM = 6, 50.0
LAST_SHARE = 1.03
"""The axis is longer than the days by this, so that the last value has a width."""
AIR = 0.15
"""The share of a range that is left free above and below a line."""
AIR_ABOVE_ZERO = 0.05
"""The same above an area that begins at zero."""
LABEL_LENGTH_MAX = 330
"""Days from which on the axis names years."""


@dataclass(frozen=True, slots=True)
class AxisRange:
    """What an axis spans, and the step of its labels."""

    floor: float
    ceiling: float
    step: float


@dataclass(frozen=True, slots=True)
class Plot:
    """The time axis in pixels; the page's script reads it to turn a drag into dates."""

    width: float
    left: float
    right: float
    first: date
    span: float
    """Days."""

    def x(self, day: date) -> float:
        """Return where a day is."""
        share = (day - self.first).days / self.span
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))

    @property
    def is_narrow(self) -> bool:
        """Return True for phones."""
        return self.width < WIDE


@dataclass(frozen=True, slots=True)
class AxisPanel:
    """One panel: where it is, what its axis spans, and its figures."""

    plot: Plot
    top: float
    height: float
    range: AxisRange
    figures: PeriodFigures

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def y(self, value: float) -> float:
        share = (value - self.range.floor) / (self.range.ceiling - self.range.floor)
        return self.bottom - self.height * share


def plot_of(days: Sequence[DriftDay], width: float = WIDE) -> Plot:
    """Return the time axis of a picture of a width."""
    left, right = (128.0, 900.0) if width >= WIDE else (34.0, width - 8)
    span = max(1, (days[-1].day - days[0].day).days) * LAST_SHARE
    return Plot(width, left, right, days[0].day, span)


def tidy(low: float, high: float, steps: int = 2, *, from_zero: bool = False, most: float = math.inf) -> AxisRange:
    """Return the nearest range of round numbers around both ends, with some margin."""
    floor = 0.0 if from_zero else low
    air = (AIR_ABOVE_ZERO if from_zero else AIR) * max(high - floor, 1.0)
    step = _round_step(max(high - floor, 1.0) / steps)
    bottom = 0.0 if from_zero else max(0.0, math.floor((low - air) / step) * step)
    top = min(most, math.ceil((high + air) / step) * step)
    return AxisRange(bottom, max(top, bottom + step), step)


def _round_step(least: float) -> float:
    size = 10.0 ** max(0, math.floor(math.log10(least)))
    return next((factor * size for factor in (1, 2, 5, 10) if factor * size >= least), 10 * size)


def draw_axis(panel: AxisPanel) -> Iterator[SafeString]:
    """Yield the grid of a panel with its values; of a low one only both ends."""
    plot, span = panel.plot, panel.range
    number = max(1, round((span.ceiling - span.floor) / span.step))
    is_short = panel.height <= HEIGHT
    for place in range(number + 1):
        value = min(span.floor + place * span.step, span.ceiling)
        y = panel.y(value)
        if is_short and 0 < place < number:
            continue
        yield svg.line(plot.left, y, plot.right, y, "pl-grid")
        yield svg.text(plot.left - 8, y + 4, f"{value:,.0f}", "pl-axis", "end")


def draw_ticks(plot: Plot, chart: Chart, bottom: float) -> Iterator[SafeString]:
    """Yield about six days of the axis.

    The ends of the period always, others where they have room.
    """
    yield svg.line(plot.left, bottom, plot.right, bottom, "pl-drift-base")
    days = (chart.days[-1].day - chart.days[0].day).days
    number = 2 if plot.is_narrow else TICKS
    inner = [chart.days[0].day + timedelta(days=round(days * part / number)) for part in range(number + 1)]
    taken: list[float] = []
    for day in [chart.until, chart.since, *inner]:
        x = plot.x(day)
        if all(abs(x - other) >= TICK_ROOM for other in taken):
            taken.append(x)
            yield svg.line(x, bottom, x, bottom + 5, "pl-drift-base")
            words = f"{day:%b %Y}" if days > LABEL_LENGTH_MAX else f"{day:%-d %b}"
            yield svg.text(x, bottom + 20, words, "pl-axis", "middle")
