"""Draw score and open findings on one time axis, with a selected period."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 1118.0, 324.0
SCORE_HEIGHT, CRITICAL_HEIGHT, HEIGHT, GAP = 150.0, 70.0, 58.0, 24.0
HEAD = 40.0
"""Pixels above each panel of a narrow picture, in which its name and figures are."""
ROWS, ROW, LABEL, LABEL_MAX = 3, 16.0, 12, 250.0
"""Rows of event labels, their height, font size and width at most."""
TICKS, TICK_ROOM = 6, 50.0
LAST_SHARE = 1.03
"""The axis is longer than the days by this, so that the last value has a width."""
AIR = 0.15
"""The share of a range that is left free above and below a line."""
AIR_ABOVE_ZERO = 0.05
"""The same above an area that begins at zero."""
SCORE_STEPS, CRITICAL_STEPS, STEPS = 5, 3, 4
SILENCE, SILENCE_MIN = 2.5, 3
"""Times the usual span between sweeps, and days, from which on nobody looked."""
LABEL_LENGTH_MAX = 330
"""Days from which on the axis names years."""
FULL = 100.0
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class DriftDay:
    """The score and the open findings, by panel, after a day's last sweep.

    None where there was no score.
    """

    day: date
    low: float | None
    high: float | None
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class DriftEvent:
    """An event of a day, the points that the score moved then, and its link."""

    day: date
    title: str
    effect: float = 0.0
    url: str = ""
    label: str = ""
    """A shorter title, where the whole one is long."""


@dataclass(frozen=True, slots=True)
class PeriodColumn:
    """One sweep's part of the time axis, or that of a few.

    It leads to what changed in them.
    """

    first: date
    last: date
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """What is printed next to a panel.

    The value at the end of the period, its change, and a note.
    """

    name: str
    kind: str
    value: str
    change: str
    tone: str
    note: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything in the picture; `figures` are of the score first, then of each count."""

    days: Sequence[DriftDay]
    figures: Sequence[PeriodFigures]
    events: Sequence[DriftEvent]
    columns: Sequence[PeriodColumn]
    since: date
    until: date


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
class _Panel:
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


def draw(chart: Chart, label: str, width: float = WIDE) -> SafeString:
    """Return the picture; "" without two days to draw a line between."""
    if len(chart.days) < 2:  # noqa: PLR2004 - a line has two ends
        return svg.join(())
    plot = plot_of(chart.days, width)
    panels = [*_panels(plot, chart)]
    top, bottom = panels[0].top, panels[-1].bottom
    start = _events_y(plot)
    parts = [
        *_period(plot, chart, start, bottom),
        *_columns(plot, chart, start, bottom),
        *_silences(plot, chart.days, top, bottom),
        *_events(plot, chart, bottom),
        *_score(panels[0], chart.days),
        *(part for number, panel in enumerate(panels[1:]) for part in _counts(panel, chart.days, number)),
        *_ticks(plot, chart, bottom),
    ]
    return svg.picture(width, bottom + 30, label, *parts, class_="pl-drift")


def _events_y(plot: Plot) -> float:
    return 10.0 if plot.is_narrow else ROWS * ROW + 18


def _panels(plot: Plot, chart: Chart) -> Iterator[_Panel]:
    known = [value for day in chart.days for value in (day.low, day.high) if value is not None] or [0.0, FULL]
    y = _events_y(plot) + (HEAD if plot.is_narrow else 20)
    gap = HEAD + 8 if plot.is_narrow else GAP
    yield _Panel(plot, y, SCORE_HEIGHT, tidy(min(known), max(known), SCORE_STEPS, most=FULL), chart.figures[0])
    y += SCORE_HEIGHT + gap
    for number, figures in enumerate(chart.figures[1:]):
        counts = [day.counts[number] for day in chart.days]
        is_critical = number == 0
        height = CRITICAL_HEIGHT if is_critical else HEIGHT
        yield _Panel(
            plot,
            y,
            height,
            tidy(min(counts), max(counts), CRITICAL_STEPS if is_critical else STEPS, from_zero=is_critical),
            figures,
        )
        y += height + gap


def _period(plot: Plot, chart: Chart, top: float, bottom: float) -> Iterator[SafeString]:
    left, right = plot.x(chart.since), plot.x(chart.until)
    yield svg.rect(left, top, right - left, bottom - top, "pl-drift-period")
    for x in (left, right):
        yield svg.line(x, top, x, bottom, "pl-drift-edge")


def _columns(plot: Plot, chart: Chart, top: float, bottom: float) -> Iterator[SafeString]:
    """Yield each sweep's column; keyboards find the same links in the table."""
    for column in chart.columns:
        left, right = plot.x(column.first), plot.x(column.last)
        # The last sweep has no next one: its column is what is left of the axis.
        shape = svg.rect(left, top, max(right - left, 2.0), bottom - top, "pl-drift-column")
        yield svg.element("a", svg.element("title", column.title), shape, href=column.url, tabindex="-1")


def _silences(plot: Plot, days: Sequence[DriftDay], top: float, bottom: float) -> Iterator[SafeString]:
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


def _score(panel: _Panel, days: Sequence[DriftDay]) -> Iterator[SafeString]:
    yield from _axis(panel)
    for run in _runs(days):
        end = _end(panel.plot, days, run)
        lower = _steps(panel, run, lambda day: day.low or 0.0, end)
        upper = _steps(panel, run, lambda day: day.low or 0.0 if day.high is None else day.high, end)
        back = "".join(
            f"V{svg.number(panel.y(day.low or 0.0))}H{svg.number(panel.plot.x(day.day))}" for day in reversed(run)
        )
        yield svg.path(f"{upper}{back}Z", "pl-drift-unseen", fill=svg.HATCH)
        yield svg.path(upper, "pl-drift-high-end")
        yield svg.path(lower, "pl-trend-low")
    if days[-1].low is not None:
        x, y = panel.plot.right, panel.y(days[-1].low)
        yield svg.path(f"M{svg.number(x - 6)} {svg.number(y - 12)}h12l-6 12z", "pl-fill-brass")
    yield from _figures(panel)


def _runs(days: Sequence[DriftDay]) -> list[list[DriftDay]]:
    """Return the days that have a score, cut where one has none."""
    runs: list[list[DriftDay]] = [[]]
    for day in days:
        if day.low is None:
            runs.append([])
        else:
            runs[-1].append(day)
    return [run for run in runs if run]


def _end(plot: Plot, days: Sequence[DriftDay], run: Sequence[DriftDay]) -> float:
    """Return where the last step of a run ends.

    At the next day, or at the end of the axis.
    """
    after = next((day for day in days if day.day > run[-1].day), None)
    return plot.x(after.day) if after else plot.right


def _counts(panel: _Panel, days: Sequence[DriftDay], number: int) -> Iterator[SafeString]:
    yield from _axis(panel)
    line = _steps(panel, days, lambda day: float(day.counts[number]), panel.plot.right)
    if panel.range.floor == 0 and number == 0:
        base = svg.number(panel.bottom)
        yield svg.path(
            f"{line}V{base}H{svg.number(panel.plot.x(days[0].day))}Z", f"pl-drift-area pl-fill-{panel.figures.kind}"
        )
    yield svg.path(line, f"pl-drift-line pl-drift-{panel.figures.kind}")
    yield from _figures(panel)


def _steps(panel: _Panel, days: Sequence[DriftDay], value: Callable[[DriftDay], float], end: float) -> str:
    parts: list[str] = []
    for day in days:
        x, y = svg.number(panel.plot.x(day.day)), svg.number(panel.y(value(day)))
        parts.append(f"H{x}V{y}" if parts else f"M{x} {y}")
    return f"{''.join(parts)}H{svg.number(end)}"


def _axis(panel: _Panel) -> Iterator[SafeString]:
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


def _figures(panel: _Panel) -> Iterator[SafeString]:
    figures = panel.figures
    title = " ".join(part for part in (figures.name, figures.value, figures.change, figures.note) if part)
    inside = _figures_above(panel) if panel.plot.is_narrow else _figures_right(panel)
    yield svg.link(figures.url, title, *inside, class_="pl-drift-figures")


def _figures_right(panel: _Panel) -> Iterator[SafeString]:
    figures, y, x = panel.figures, panel.top, panel.plot.right + 18
    yield svg.text(0, y + 12, figures.name, "pl-drift-name")
    if figures.kind != "score":
        yield svg.rect(0, y + 18, 24, 3, f"pl-fill-{figures.kind}")
    if panel.range.floor:
        yield svg.text(0, y + 36, f"from {panel.range.floor:,.0f}", "pl-axis")
    yield svg.text(x, y + 24, figures.value, "pl-drift-value")
    left = max(x + 64, x + text.width(figures.value, 26, text.LIGHT) + 14)
    yield svg.text(left, y + 12, figures.change, f"pl-drift-change pl-drift-{figures.tone}")
    for number, words in enumerate(text.wrap(figures.note, panel.plot.width - left, 3, 12)):
        yield svg.text(left, y + 28 + 15 * number, words, "pl-axis")


def _figures_above(panel: _Panel) -> Iterator[SafeString]:
    figures, y = panel.figures, panel.top - 12
    yield svg.text(0, y, figures.name, "pl-drift-name")
    x = 64.0
    yield svg.text(x, y, figures.value, "pl-drift-value")
    x += text.width(figures.value, 26, text.LIGHT) + 10
    yield svg.text(x, y - 13, figures.change, f"pl-drift-change pl-drift-{figures.tone}")
    yield svg.text(x, y + 1, text.cut(figures.note, panel.plot.width - x, 12), "pl-axis")


def _ticks(plot: Plot, chart: Chart, bottom: float) -> Iterator[SafeString]:
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


def _events(plot: Plot, chart: Chart, bottom: float) -> Iterator[SafeString]:
    """Yield each event on the axis.

    The largest named on three rows, the others as ticks.
    """
    y = _events_y(plot)
    if not plot.is_narrow:
        yield svg.text(0, y + 4, "Events", "pl-drift-name")
    placed: list[tuple[float, float, int, float]] = []
    last = chart.days[-1].day
    within = [one for one in chart.events if plot.first <= one.day <= last]
    for event in sorted(within, key=lambda one: (-abs(one.effect), one.day)):
        x = plot.x(event.day)
        label = "" if plot.is_narrow else text.cut(event.label or event.title, LABEL_MAX, LABEL)
        place = _position_label(plot, x, text.width(label, LABEL), placed) if label else None
        if place is None and not plot.is_narrow:
            mark = [svg.rect(x - 5, y - 9, 10, 18, "pl-drift-hit"), svg.line(x, y - 5, x, y + 5, "pl-drift-tick")]
        else:
            mark = [svg.path(f"M{svg.number(x)} {svg.number(y - 5)}l5 5l-5 5l-5 -5z", "pl-fill-brass")]
            yield svg.line(x, y + 5, x, bottom, "pl-drift-leader")
        if place is not None:
            placed.append(place)
            start, _, row, _ = place
            base = y - 14 - row * ROW
            if row:
                mark.append(svg.line(x, base + 4, x, y - 5, "pl-drift-leader"))
            mark.append(svg.text(start, base, label, "pl-drift-event"))
        yield svg.link(event.url, f"{event.day:%-d %B}: {event.title}", *mark, class_="pl-drift-link")


def _position_label(
    plot: Plot, x: float, width: float, placed: Sequence[tuple[float, float, int, float]]
) -> tuple[float, float, int, float] | None:
    """Return start, end, row and leader of a label; None without room.

    It is on the lowest row where it touches nothing.
    """
    start = min(max(x - width / 2, plot.left), plot.right - width)
    end = start + width
    for row in range(ROWS):
        touches = any(
            (other == row and begin < end + 14 and start < finish + 14)
            or (other < row and begin - 4 < x < finish + 4)
            or (other > row and start - 4 < leader < end + 4)
            for begin, finish, other, leader in placed
        )
        if not touches:
            return start, end, row, x
    return None
