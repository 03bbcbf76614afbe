"""Draw the accounts of a sweep over its time.

A bar for each of a few, a band of how many ran at a time for all.

A bar's lower part is hatched where something in the account could not be seen, the whole bar where nothing could.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from django.utils.safestring import SafeString

from posture.drawing import svg, text

ROW, BAR, HATCHED = 24.0, 12.0, 6.0
"""Height of a row, of its bar, and of the hatched part of a bar that was read in part."""
HEADING, AXIS, BAND_SPACE = 28.0, 26.0, 14.0
BIN = 4.0
"""Pixels of time that a step of the band is wide."""
BAR_MIN = 2.0
RETRY_STEP = 4.0
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
"""Seconds that may be between two labels of the time axis."""
LABEL = 72.0
"""Pixels that a label of the time axis needs."""
SMALL_FONT = 12


class BarState(Enum):
    """How an account's part of a sweep ended, or how far it is."""

    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    RUNNING = "running"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


SHOWN_STATES = (BarState.DONE, BarState.PARTIAL, BarState.FAILED, BarState.RUNNING, BarState.CANCELLED)
"""States that the band stacks, from its base up."""


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """An account; times are seconds since the sweep began, None if not yet."""

    name: str
    state: BarState
    began: float | None = None
    read: float | None = None
    """When AWS had been asked; what was found is recorded after that."""
    ended: float | None = None
    note: str = ""
    title: str = ""
    url: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class TimelineGroup:
    """Some accounts under a heading; an empty heading takes no room."""

    heading: str
    bars: Sequence[TimelineBar]


@dataclass(frozen=True, slots=True)
class CountBand:
    """Accounts that are drawn as a count of those running, and the height in pixels."""

    bars: Sequence[TimelineBar]
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Widths in pixels: the whole, the names, and the notes on the right."""

    width: float = 1086.0
    names: float = 176.0
    notes: float = 150.0
    is_small: bool = False


NARROW = Layout(324.0, 100.0, 62.0, is_small=True)


@dataclass(frozen=True, slots=True)
class _Plot:
    layout: Layout
    length: float
    """Seconds from the left end to the right one."""
    now: float | None

    @property
    def left(self) -> float:
        return self.layout.names

    @property
    def right(self) -> float:
        return self.layout.width - self.layout.notes

    def x(self, seconds: float) -> float:
        return self.left + (self.right - self.left) * min(max(seconds, 0.0), self.length) / self.length

    def end(self, bar: TimelineBar) -> float:
        """Return until when a bar reaches: what has not ended reaches up to now."""
        return bar.ended if bar.ended is not None else self.now if self.now is not None else self.length


def draw(
    band: CountBand | None,
    groups: Sequence[TimelineGroup],
    label: str,
    length: float,
    now: float | None = None,
    layout: Layout | None = None,
) -> SafeString:
    """Return the picture over `length` seconds.

    `now` is drawn as a line while the sweep runs.
    """
    plot = _Plot(layout or Layout(), max(length, 1.0), now)
    y = 0.0
    parts: list[SafeString] = []
    if band:
        parts += _band(band, plot)
        y = band.height + BAND_SPACE
    rows: list[SafeString] = []
    for group in groups:
        if group.heading:
            rows.append(svg.text(0, y + 20, group.heading, "pl-timeline-heading"))
            y += HEADING
        for bar in group.bars:
            rows.append(_row(bar, y, plot))
            y += ROW
    frame = [*_axis(plot, y), *parts, *rows]
    if now is not None:
        frame.append(svg.line(plot.x(now), 0, plot.x(now), y, "pl-timeline-now"))
    return svg.picture(plot.layout.width, y + AXIS, label, *frame, class_="pl-timeline-picture")


def _row(bar: TimelineBar, y: float, plot: _Plot) -> SafeString:
    size = SMALL_FONT if plot.layout.is_small else 13
    inside = [
        # A row is a target as high as itself, also where nothing is drawn.
        svg.rect(0, y, plot.layout.width, ROW, "pl-timeline-hit"),
        svg.text(0, y + 16, text.cut(bar.name, plot.layout.names - 10, size), "pl-timeline-name"),
        *_bar(bar, y + (ROW - BAR) / 2, plot),
        svg.text(
            plot.right + 10,
            y + 16,
            text.cut(bar.note, plot.layout.notes - 10, SMALL_FONT),
            f"pl-timeline-note pl-timeline-note-{bar.state.value}",
        ),
    ]
    return svg.link(bar.url, bar.title or f"{bar.name}: {bar.note}", *inside, class_="pl-timeline-row")


def _bar(bar: TimelineBar, y: float, plot: _Plot) -> Iterator[SafeString]:
    if bar.state is BarState.SKIPPED:
        yield svg.rect(plot.left + 0.5, y + 0.5, 27, BAR - 1, "pl-bars-outline")
        yield svg.hatch(plot.left, y, 28, BAR)
        return
    start = plot.x(bar.began if bar.began is not None else plot.end(bar))
    yield svg.line(plot.left, y + BAR / 2, start, y + BAR / 2, "pl-timeline-wait")
    if bar.began is None:
        return
    for number in range(min(bar.attempts - 1, 4)):
        at = start - (number + 1) * RETRY_STEP
        yield svg.line(at, y, at, y + BAR, "pl-timeline-retry")
    end = max(plot.x(plot.end(bar)), start + BAR_MIN)
    read = min(max(plot.x(bar.read), start + BAR_MIN), end) if bar.read is not None else end
    yield from _filled(bar.state, start, read, y)
    if bar.state in {BarState.DONE, BarState.PARTIAL}:
        yield svg.rect(read, y, end - read, BAR, "pl-timeline-recorded")


def _filled(state: BarState, start: float, end: float, y: float) -> Iterator[SafeString]:
    wide = end - start
    if state is BarState.FAILED:
        yield svg.rect(start + 0.75, y + 0.75, max(wide - 1.5, 1), BAR - 1.5, "pl-timeline-failed")
        yield svg.hatch(start, y, wide, BAR)
    elif state in {BarState.RUNNING, BarState.CANCELLED}:
        yield svg.rect(start + 0.5, y + 0.5, max(wide - 1, 1), BAR - 1, f"pl-timeline-{state.value}")
    else:
        yield svg.rect(start, y, wide, BAR, "pl-fill-bar")
    if state is BarState.PARTIAL:
        yield svg.rect(start, y + BAR - HATCHED, wide, HATCHED, "pl-timeline-under")
        yield svg.hatch(start, y + BAR - HATCHED, wide, HATCHED)


def _band(band: CountBand, plot: _Plot) -> Iterator[SafeString]:
    counts = _counts(band.bars, plot)
    most = max((sum(column) for column in zip(*counts.values(), strict=True)), default=0)
    yield svg.text(0, 16, text.cut(band.label, plot.layout.names - 10, SMALL_FONT), "pl-axis")
    yield svg.line(plot.left, band.height, plot.right, band.height, "pl-drift-base")
    if not most:
        return
    yield svg.text(plot.right + 10, 12, f"most: {most:,}", "pl-axis")
    scale, base = (band.height - 4) / most, [0.0] * len(next(iter(counts.values())))
    for state, column in counts.items():
        if not any(column):
            continue
        d = _columns(column, base, scale, band.height, plot.left)
        for class_, fill in _LOOKS[state]:
            yield svg.path(d, class_, fill=fill)
        base = [low + count for low, count in zip(base, column, strict=True)]


_LOOKS: Mapping[BarState, Sequence[tuple[str, str | None]]] = {
    BarState.DONE: [("pl-fill-bar", None)],
    BarState.PARTIAL: [("pl-timeline-under", None), ("", svg.HATCH)],
    BarState.FAILED: [("pl-timeline-failed", None), ("", svg.HATCH)],
    BarState.RUNNING: [("pl-timeline-running", None)],
    BarState.CANCELLED: [("pl-timeline-cancelled", None)],
}
"""The layers by which the band draws a state: class and fill."""


def _counts(bars: Iterable[TimelineBar], plot: _Plot) -> dict[BarState, list[int]]:
    """Return how many accounts of each state ran in each step of the band."""
    steps = max(1, int((plot.right - plot.left) / BIN))
    seconds = plot.length / steps
    changes = {state: [0] * (steps + 1) for state in SHOWN_STATES}
    for bar in bars:
        if bar.began is None or bar.state not in changes:
            continue
        first = min(steps - 1, max(0, int(bar.began / seconds)))
        last = min(steps, max(first + 1, math.ceil(plot.end(bar) / seconds)))
        changes[bar.state][first] += 1
        changes[bar.state][last] -= 1
    return {state: _running_sums(each)[:-1] for state, each in changes.items()}


def _running_sums(changes: Iterable[int]) -> list[int]:
    total, found = 0, []
    for change in changes:
        total += change
        found.append(total)
    return found


def _columns(column: Sequence[int], base: Sequence[float], scale: float, bottom: float, left: float) -> str:
    """Return one path of all steps of a state, each on top of `base`."""
    parts = []
    for index, (count, low) in enumerate(zip(column, base, strict=True)):
        if count:
            x, y, high = left + index * BIN, bottom - (low + count) * scale, count * scale
            numbers = (svg.number(each) for each in (x, y, BIN, high, -BIN))
            parts.append("M{} {}h{}v{}h{}z".format(*numbers))
    return "".join(parts)


def _axis(plot: _Plot, bottom: float) -> Iterator[SafeString]:
    ticks_max = max(2, (plot.right - plot.left) / LABEL)
    step = next((each for each in STEPS if plot.length / each <= ticks_max), STEPS[-1])
    for number in range(int(plot.length // step) + 1):
        x = plot.x(number * step)
        yield svg.line(x, 0, x, bottom, "pl-grid")
        yield svg.text(x, bottom + 18, clock(number * step), "pl-axis", "middle" if number else "start")


def clock(seconds: float) -> str:
    """Word a time since the start: 0, 20 s, 2 min, 1 min 30 s or 1 h 30 min."""
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (left, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0"
