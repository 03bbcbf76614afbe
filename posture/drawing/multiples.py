"""Draw shares through time as small stacked steps, with the present as a bar.

The history counts what is off as one; the bar knows where nothing runs, so that full red is of today alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from posture.drawing import svg

WIDTH, HEIGHT = 254.0, 66.0
BAR, BAR_GAP = 12.0, 4.0
AXIS = 20.0
PLOT = WIDTH - BAR - BAR_GAP
KINDS = ("on", "partly", "unseen", "off")


@dataclass(frozen=True, slots=True)
class ShareDay:
    """How many are on, partly on, not seen and off at the end of a day."""

    day: date
    on: int
    partly: int
    unseen: int
    off: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.on + self.partly + self.unseen + self.off


@dataclass(frozen=True, slots=True)
class CurrentShare:
    """The same at present, with what is off where nothing runs apart."""

    on: int
    partly: int
    unseen: int
    off: int
    empty: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.on + self.partly + self.unseen + self.off + self.empty


def draw(days: Sequence[ShareDay], now: CurrentShare, label: str, since: date | None = None) -> SafeString:
    """Return the picture; `since` begins the period, underlined in brass.

    With a single day there is the bar alone.
    """
    known = [each for each in days if each.total]
    parts = [svg.rect(0.5, 0.5, PLOT - 1, HEIGHT - 1, "pl-heat-frame"), *_bar(now)]
    if len(known) > 1:
        parts += _areas(known)
        parts += _axis(known, since)
    return svg.picture(WIDTH, HEIGHT + AXIS, label, *parts, class_="pl-multiple")


def _x(days: Sequence[ShareDay], day: date) -> float:
    span = max(1, (days[-1].day - days[0].day).days) * 1.03
    return PLOT * max(0, (day - days[0].day).days) / span


def _areas(days: Sequence[ShareDay]) -> Iterator[SafeString]:
    bottoms = [0.0] * len(days)
    for kind in KINDS:
        tops = [low + getattr(day, kind) / day.total for low, day in zip(bottoms, days, strict=True)]
        if any(top > low for top, low in zip(tops, bottoms, strict=True)):
            yield from _filled(_outline(days, bottoms, tops), "past" if kind == "off" else kind)
        bottoms = tops


def _outline(days: Sequence[ShareDay], bottoms: Sequence[float], tops: Sequence[float]) -> str:
    """Return the area between two stepped lines.

    Each value lasts until the next sweep.
    """
    edges = [*(_x(days, day.day) for day in days), PLOT]
    above = "".join(f"L{_n(edges[at])} {_y(top)}L{_n(edges[at + 1])} {_y(top)}" for at, top in enumerate(tops))
    below = "".join(
        f"L{_n(edges[at + 1])} {_y(bottoms[at])}L{_n(edges[at])} {_y(bottoms[at])}" for at in reversed(range(len(days)))
    )
    return f"M{above[1:]}{below}z"


def _filled(shape: str, kind: str) -> Iterator[SafeString]:
    yield svg.path(shape, f"pl-heat-{kind}")
    if kind in {"unseen", "partly"}:
        yield svg.path(shape, fill=svg.HATCH if kind == "unseen" else svg.DOTS)


def _bar(now: CurrentShare) -> Iterator[SafeString]:
    x, total, bottom = WIDTH - BAR, now.total, HEIGHT
    yield svg.rect(x - 0.5, 0.5, BAR, HEIGHT - 1, "pl-heat-frame")
    for kind in KINDS:
        tall = HEIGHT * getattr(now, kind) / total if total else 0.0
        if tall:
            tall = max(tall, 2.0)
            bottom -= tall
            shape = f"M{_n(x)} {_n(bottom)}h{_n(BAR)}v{_n(tall)}h-{_n(BAR)}z"
            yield from _filled(shape, kind)


def _axis(days: Sequence[ShareDay], since: date | None) -> Iterator[SafeString]:
    first, last = days[0].day, days[-1].day
    yield svg.text(0, HEIGHT + 16, f"{first:%-d %b}", "pl-axis")
    yield svg.text(PLOT, HEIGHT + 16, f"{last:%-d %b}", "pl-axis", "end")
    if since and since < last:
        start = _x(days, since)
        yield svg.rect(start, HEIGHT + 1.5, PLOT - start, 2, "pl-fill-brass")


def _n(value: float) -> str:
    return svg.number(value)


def _y(share: float) -> str:
    return svg.number(HEIGHT * (1 - share))
