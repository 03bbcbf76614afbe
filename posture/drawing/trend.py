"""Draw a score through time: its lower end, hatched up to its upper, with events."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString

from posture.drawing import svg, text

LEFT, RIGHT, TOP, BOTTOM = 34.0, 96.0, 46.0, 40.0
EVENTS_MAX = 4
AXIS_POINTS_MIN = 4
"""Points that the axis spans at least, so that a change of a tenth does not look like a fall."""
LOSS_ROOM = 0.35
"""The share of the range that is left free below the line where losses are named."""
TICKS = 5
NARROW = 500
"""Pixels up to which the time axis has one inner label."""
LABEL, LABEL_MAX = 12, 250.0
"""Font size and width of an event's title, in pixels."""
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The score of a day; None where there was none."""

    day: date
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class TrendEvent:
    """What moved the score on a day, by how many points, and where to read on."""

    day: date
    title: str
    detail: str = ""
    effect: float = 0.0
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plot in pixels, and what its axes span."""

    width: float
    height: float
    first: date
    last: date
    floor: int
    ceiling: int

    def x(self, day: date) -> float:
        """Return the place of a day; the last sweep keeps a little width of its own."""
        span = max(1, (self.last - self.first).days) * 1.03
        return LEFT + (self.width - LEFT - RIGHT) * ((day - self.first).days / span)

    def y(self, score: float) -> float:
        """Return the place of a score."""
        share = (score - self.floor) / (self.ceiling - self.floor)
        return self.height - BOTTOM - (self.height - TOP - BOTTOM) * share

    @property
    def right(self) -> float:
        """The right end of the plot."""
        return self.width - RIGHT


def draw(
    points: Sequence[TrendPoint],
    events: Sequence[TrendEvent],
    label: str,
    *,
    since: date | None = None,
    is_past: bool = False,
    width: float = 746,
    height: float = 246,
) -> SafeString:
    """Return the picture; "" with fewer than two days that have a score.

    `since` is marked by a dotted line. Where it `is_past`, the last day is a date and not today.
    """
    known = [point for point in points if point.low is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return svg.join(())
    frame = _frame(known, events, width, height)
    parts = [
        *_axes(frame, "" if is_past else "today"),
        *_since(frame, since),
        svg.path(_band(frame, known), "pl-trend-band", fill=svg.HATCH),
        svg.path(_steps(frame, known, upper=True), "pl-trend-high"),
        svg.path(_steps(frame, known, upper=False), "pl-trend-low"),
        *_events(frame, known, events),
        *_end(frame, known[-1], "" if is_past else " now"),
    ]
    return svg.picture(width, height, label, *parts, class_="pl-trend")


def _frame(known: Sequence[TrendPoint], events: Sequence[TrendEvent], width: float, height: float) -> _Frame:
    """Return the plot around the line on tidy labels.

    Below it there is room for the names of losses.
    """
    values = [value for point in known for value in (point.low, point.high) if value is not None]
    lowest, highest = min(values), max(values)
    if any(event.effect < 0 for event in events):
        lowest = max(0.0, lowest - LOSS_ROOM * max(highest - lowest, AXIS_POINTS_MIN))
    step = _step(math.floor(lowest), math.ceil(highest))
    floor, ceiling = math.floor(lowest / step) * step, math.ceil(highest / step) * step
    while ceiling - floor < AXIS_POINTS_MIN:
        if ceiling < 100:  # noqa: PLR2004 - a score's end
            ceiling += 1
        if ceiling - floor < AXIS_POINTS_MIN and floor > 0:
            floor -= 1
    return _Frame(width, height, known[0].day, known[-1].day, floor, min(ceiling, 100))


def _step(floor: int, ceiling: int) -> int:
    """Return the distance of labels: 1, 2, 5, 10 or 20 points, so that there are few."""
    least = (ceiling - floor) / TICKS
    return next((step for step in (1, 2, 5, 10) if step >= least), 20)


def _axes(frame: _Frame, end: str) -> Iterator[SafeString]:
    step = _step(frame.floor, frame.ceiling)
    for score in range(frame.floor, frame.ceiling + 1, step):
        y = frame.y(score)
        yield svg.line(LEFT, y, frame.right, y, "pl-grid")
        yield svg.text(LEFT - 8, y + 4, str(score), "pl-axis", "end")
    for day in _ticks(frame):
        x = frame.x(day)
        anchor = "" if day == frame.first else "end" if day == frame.last else "middle"
        words = end if end and day == frame.last else f"{day:%-d %b}"
        yield svg.text(x, frame.height - BOTTOM + 20, words, "pl-axis", anchor)


def _ticks(frame: _Frame) -> list[date]:
    days = (frame.last - frame.first).days
    parts = 4 if frame.width > NARROW else 2
    inner = (
        [frame.first + timedelta(days=round(days * part / parts)) for part in range(1, parts)]
        if days >= 2 * parts
        else []
    )
    return [frame.first, *inner, frame.last]


def _since(frame: _Frame, since: date | None) -> Iterator[SafeString]:
    if since and frame.first < since < frame.last:
        x = frame.x(since)
        yield svg.line(x, TOP, x, frame.height - BOTTOM, "pl-trend-since")


def _steps(frame: _Frame, known: Sequence[TrendPoint], *, upper: bool) -> str:
    parts: list[str] = []
    for point in known:
        value = point.high if upper and point.high is not None else point.low
        x, y = svg.number(frame.x(point.day)), svg.number(frame.y(value or 0.0))
        parts.append(f"M{x} {y}" if not parts else f"H{x}V{y}")
    return f"{''.join(parts)}H{svg.number(frame.right)}"


def _band(frame: _Frame, known: Sequence[TrendPoint]) -> str:
    """Return the outline between the two ends of the score."""
    back = []
    right = frame.right
    for point in reversed(known):
        back.append(f"V{svg.number(frame.y(point.low or 0.0))}H{svg.number(frame.x(point.day))}")
        right = frame.x(point.day)
    return f"{_steps(frame, known, upper=True)}{''.join(back)}Z" if right >= LEFT else ""


def _end(frame: _Frame, last: TrendPoint, when: str) -> Iterator[SafeString]:
    low, high = last.low or 0.0, last.high if last.high is not None else last.low or 0.0
    x, y = frame.right, frame.y(low)
    yield svg.path(f"M{svg.number(x - 6)} {svg.number(y - 10)}h12l-6 12z", "pl-fill-brass")
    if f"{low:.0f}" == f"{high:.0f}":
        yield svg.text(x + 10, y + 1, f"{low:.0f}{when}", "pl-trend-value")
        return
    above = min(frame.y(high), y - 15)
    yield svg.text(x + 10, above + 2, f"{high:.0f} at most", "pl-axis")
    yield svg.text(x + 10, y + 3, f"{low:.0f} at least", "pl-trend-value")


def _events(frame: _Frame, known: Sequence[TrendPoint], events: Sequence[TrendEvent]) -> Iterator[SafeString]:
    """Yield the largest events: gains above the line, losses below it."""
    taken: list[tuple[float, float, bool]] = []
    chosen = sorted(events, key=lambda one: -abs(one.effect))[:EVENTS_MAX]
    for event in sorted(chosen, key=lambda one: one.day):
        if not frame.first <= event.day <= frame.last:
            continue
        x, y = frame.x(event.day), frame.y(_score_at(known, event.day))
        gain = event.effect >= 0
        effect = f" {'+' if gain else MINUS}{abs(event.effect):.1f}" if event.effect else ""
        room = LABEL_MAX - text.width(effect, LABEL, text.MEDIUM)
        title = f"{text.cut(event.title, room, LABEL, text.MEDIUM)}{effect}"
        long = max(text.width(title, LABEL, text.MEDIUM), text.width(event.detail, LABEL))
        start = min(x + 6, frame.width - long)
        if any(start < end and begin < start + long and same == gain for begin, end, same in taken):
            yield svg.element("circle", svg.element("title", title), cx=x, cy=y, r=3, class_="pl-trend-event")
            continue
        taken.append((start, start + long + 12, gain))
        # At the right edge text ends there: fonts that differ from the measured one must not cut the points off.
        label = (frame.width, "end") if start < x + 6 else (start, "")
        yield svg.link(
            event.url,
            f"{event.title}{effect}",
            *_event(frame, event, title, (x, y), label),
            class_="pl-trend-link",
        )


def _event(
    frame: _Frame, event: TrendEvent, title: str, place: tuple[float, float], label: tuple[float, str]
) -> Iterator[SafeString]:
    (x, y), (edge, anchor), gain = place, label, event.effect >= 0
    base = 14.0 if gain else frame.height - BOTTOM - 20
    yield svg.line(x, base if gain else y, x, y if gain else base + 18, "pl-trend-leader")
    yield svg.element("circle", cx=x, cy=y, r=3.5, class_="pl-trend-event")
    yield svg.text(edge, base, title, "pl-trend-title", anchor)
    if event.detail:
        yield svg.text(edge, base + 15, event.detail, "pl-axis", anchor)


def _score_at(known: Sequence[TrendPoint], day: date) -> float:
    """Return the lower end on a day: that of the last sweep up to it."""
    at = next((point for point in reversed(known) if point.day <= day), known[0])
    return at.low or 0.0
