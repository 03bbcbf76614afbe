"""Draw when certificates end.

A disc is one that renews itself, a square one that is renewed by hand.
Those that end within the same days are piled up, and become a bar where they are many. Left of the line the time limit
has passed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH, TOP, AXIS = 314.0, 52.0, 20.0
"""Pixels of the picture, of the names above the piles, and of the axis."""
SPAN = timedelta(days=396)
"""What the axis covers: thirteen months."""
MARK, PITCH = 8.0, 10.0
PILE_MAX = 6
"""Certificates of a column up to which each has a mark."""
NAMED_MAX = 3
LINE = 15.0
TICKS = (91, 182, 274, 365)
"""Days from today that are named."""
LOOKS = ("due", "hand", "self")


@dataclass(frozen=True, slots=True)
class Expiry:
    """A certificate and its last day."""

    name: str
    until: date
    renews_itself: bool
    is_due: bool
    url: str = ""

    @property
    def look(self) -> str:
        """The class suffix of its mark."""
        return "due" if self.is_due else "self" if self.renews_itself else "hand"

    @property
    def title(self) -> str:
        """What is said of it."""
        how = "renews itself" if self.renews_itself else "renewed by hand"
        return f"{self.name}: until {self.until.day} {self.until:%b %Y}, {how}"


def draw(
    certificates: Sequence[Expiry], today: date, limit: timedelta, label: str, columns_url: str = ""
) -> SafeString:
    """Return the picture; what ends later than the axis does is drawn at its end.

    `columns_url` is where bars lead, which stand for many certificates.
    """
    base = TOP + PILE_MAX * PITCH
    line = _x(today + limit, today)
    columns: dict[int, list[Expiry]] = defaultdict(list)
    for one in sorted(certificates, key=lambda each: (LOOKS.index(each.look), each.until, each.name)):
        columns[_column(one, today, line)].append(one)
    parts = [svg.rect(0, 4, line, base - 4, "pl-expiry-soon"), svg.line(0, base + 0.5, WIDTH, base + 0.5, "pl-grid")]
    most = max((len(some) for some in columns.values()), default=0)
    for column, some in columns.items():
        parts += _bar(some, column, base, most, columns_url) if most > PILE_MAX else _pile(some, column, base)
    parts.append(svg.line(line, 4, line, base, "pl-limit"))
    parts += _names([one for one in certificates if one.is_due], line, today)
    parts += _axis(today, base)
    return svg.picture(WIDTH, base + AXIS, label, *parts, class_="pl-expiry")


def _x(day: date, today: date) -> float:
    return min(1.0, max(0.0, (day - today) / SPAN)) * (WIDTH - MARK)


def _column(one: Expiry, today: date, line: float) -> int:
    """Return the column of a certificate; no mark crosses the line."""
    column = int(_x(one.until, today) // PITCH)
    if one.is_due:
        return min(column, int((line - MARK) // PITCH))
    return max(column, math.ceil((line + 1) / PITCH))


def _pile(some: Sequence[Expiry], column: int, base: float) -> Iterator[SafeString]:
    for level, one in enumerate(some):
        yield svg.link(one.url, one.title, _mark(one, column * PITCH, base - 2 - MARK - level * PITCH))


def _mark(one: Expiry, x: float, y: float) -> SafeString:
    if one.renews_itself:
        half = MARK / 2
        return svg.element("circle", cx=x + half, cy=y + half, r=half, class_=f"pl-expiry-{one.look}")
    return svg.rect(x, y, MARK, MARK, f"pl-expiry-{one.look}")


def _bar(some: Sequence[Expiry], column: int, base: float, most: int, url: str) -> Iterator[SafeString]:
    """Yield a column as a bar in parts: many certificates, on one scale."""
    counts: Mapping[str, int] = Counter(one.look for one in some)
    first, last = min(one.until for one in some), max(one.until for one in some)
    title = f"{len(some):,} end from {first.day} {first:%b %Y} to {last.day} {last:%b %Y}"
    y, shapes = base, []
    for look in LOOKS:
        if counts[look]:
            tall = max(2.0, PILE_MAX * PITCH * counts[look] / most)
            y -= tall
            shapes.append(svg.rect(column * PITCH, y, MARK, tall, f"pl-expiry-{look}"))
    yield svg.link(url, title, *shapes)


def _names(due: Sequence[Expiry], line: float, today: date) -> Iterator[SafeString]:
    for place, one in enumerate(sorted(due, key=lambda each: (each.until, each.name))[:NAMED_MAX]):
        year = "" if one.until.year == today.year else f" {one.until.year}"
        words = text.cut(f"{one.until.day} {one.until:%b}{year} {one.name}", WIDTH - line - 10, 12)
        yield svg.link(one.url, one.title, svg.text(line + 8, 15 + place * LINE, words, "pl-expiry-name"))


def _axis(today: date, base: float) -> Iterator[SafeString]:
    yield svg.text(0, base + 16, "today", "pl-axis")
    for days in TICKS:
        day = today + timedelta(days=days)
        yield svg.text(_x(day, today), base + 16, f"{day.day} {day:%b}", "pl-axis", "middle")
