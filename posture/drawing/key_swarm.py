"""Draw access keys by age, left and right of the limit.

A disc each, and columns where there are many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH, HEIGHT, AXIS = 314.0, 150.0, 26.0
RADIUS, DISCS_MAX = 6.0, 60
MONTH = 30.4
TICKS = ((30, "30 d"), (365, "1 year"), (730, "2 years"), (1095, "3 years"), (1825, "5 years"), (3650, "10 years"))
LABEL_GAP = 8.0


@dataclass(frozen=True, slots=True)
class SwarmKey:
    """A key: its age in days, and whether it is root's."""

    days: float
    name: str
    is_root: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class _AgeAxis:
    longest: float
    limit: float

    def x(self, days: float) -> float:
        """Return where an age is: roots, so that the first months have room."""
        return (WIDTH - 2 * RADIUS) * sqrt(max(0.0, days) / self.longest) + RADIUS

    @property
    def line(self) -> float:
        return self.x(self.limit)


def draw(keys: Sequence[SwarmKey], limit: int, label: str) -> SafeString:
    """Return the swarm; `limit` is in days."""
    axis = _AgeAxis(max([limit * 2.0, *(key.days for key in keys)]), limit)
    floor = HEIGHT - AXIS
    past = sum(key.days > limit for key in keys)
    parts = [
        svg.rect(axis.line, 0, WIDTH - axis.line, floor, "pl-swarm-past"),
        svg.line(0, floor, WIDTH, floor, "pl-swarm-axis"),
        *_ticks(axis, floor),
    ]
    parts += _discs(keys, axis, floor) if len(keys) <= DISCS_MAX else _columns(keys, axis, floor)
    parts.append(svg.line(axis.line, 0, axis.line, floor + 4, "pl-limit"))
    parts.append(svg.text(axis.line - 6, 14, f"{len(keys) - past:,}", "pl-swarm-count", "end"))
    parts.append(svg.text(axis.line + 6, 14, f"{past:,} past {limit} days", "pl-swarm-count pl-swarm-late"))
    return svg.picture(WIDTH, HEIGHT, label, *parts, class_="pl-swarm")


def _ticks(axis: _AgeAxis, floor: float) -> Iterator[SafeString]:
    limit = f"{axis.limit:.0f} d"
    taken = [(axis.line - text.width(limit, 12) / 2, axis.line + text.width(limit, 12) / 2)]
    yield svg.text(axis.line, floor + 19, limit, "pl-axis", "middle")
    for days, words in TICKS:
        if days > axis.longest:
            return
        half = text.width(words, 12) / 2
        x = min(axis.x(days), WIDTH - half)
        if all(x + half + LABEL_GAP < left or x - half - LABEL_GAP > right for left, right in taken):
            taken.append((x - half, x + half))
            yield svg.text(x, floor + 19, words, "pl-axis", "middle")


def _discs(keys: Sequence[SwarmKey], axis: _AgeAxis, floor: float) -> Iterator[SafeString]:
    """Yield discs at their ages, stacked where they would meet.

    None crosses the limit.
    """
    placed: list[tuple[float, float]] = []
    named = False
    for key in sorted(keys, key=lambda one: (one.days, one.name)):
        x = axis.x(key.days)
        x = max(x, axis.line + RADIUS + 2) if key.days > axis.limit else min(x, axis.line - RADIUS - 2)
        level = 0
        while any(abs(x - left) < 2 * RADIUS + 1 and above == level for left, above in placed):
            level += 1
        placed.append((x, level))
        y = floor - RADIUS - 1 - level * (2 * RADIUS + 1)
        look = "root" if key.is_root else "late" if key.days > axis.limit else "fine"
        disc = svg.element("circle", cx=x, cy=max(RADIUS, y), r=RADIUS, class_=f"pl-swarm-{look}")
        yield svg.link(key.url, f"{key.name}: {key.days:,.0f} days", disc, class_="pl-swarm-key")
        if key.is_root and not named:
            named = True
            yield svg.text(min(x + RADIUS, WIDTH), max(28, y - RADIUS - 6), "root", "pl-swarm-name", "end")


def _columns(keys: Sequence[SwarmKey], axis: _AgeAxis, floor: float) -> Iterator[SafeString]:
    """Yield a column for each month of age."""
    months = Counter((int(key.days // MONTH), key.days > axis.limit) for key in keys)
    most = max(months.values())
    for (month, is_late), number in sorted(months.items()):
        left, right = axis.x(month * MONTH), axis.x((month + 1) * MONTH)
        left = max(left, axis.line + 1) if is_late else left
        right = right if is_late else min(right, axis.line - 1)
        tall = max(2.0, (floor - 26) * number / most)
        bar = svg.rect(
            left, floor - tall, max(2.0, right - left - 1), tall, f"pl-swarm-{'late' if is_late else 'fine'}"
        )
        yield svg.link("", f"{month} months old: {number:,}", bar)
    roots = [key for key in keys if key.is_root]
    if roots:
        x = max(axis.x(key.days) for key in roots)
        yield svg.element("circle", cx=x, cy=floor - RADIUS, r=RADIUS, class_="pl-swarm-root")
        yield svg.text(min(x + RADIUS, WIDTH), floor - 18, "root", "pl-swarm-name", "end")
