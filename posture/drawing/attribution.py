"""Draw why a score moved, part by part, in groups."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 1118.0, 324.0
ROW, END, HEAD = 38.0, 44.0, 24.0
BAR = 13.0
NAMES, PLOT = 112.0, 420.0
"""Where the names of parts and the plot begin in the wide picture."""
FIGURE_ROOM = 44.0
AXIS_LABELS = 6
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class AttributionPart:
    """One thing that moved the score by some points."""

    name: str
    detail: str
    points: float
    url: str = ""
    is_rest: bool = False
    """What is left of a group, which is nothing by itself."""


@dataclass(frozen=True, slots=True)
class AttributionGroup:
    """Parts of one cause.

    Hatched where the cause is what could be seen, since nothing got better or worse by it.
    """

    name: str
    points: float
    parts: Sequence[AttributionPart]
    url: str = ""
    is_hatched: bool = False


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Both scores, named, and the groups between them; the parts add up."""

    before: float
    after: float
    before_name: str
    after_name: str
    groups: Sequence[AttributionGroup]


@dataclass(frozen=True, slots=True)
class _Axis:
    """The score axis in pixels: it is cut to whole points around all levels."""

    width: float
    left: float
    right: float
    floor: int
    ceiling: int

    def x(self, score: float) -> float:
        return self.left + (self.right - self.left) * (score - self.floor) / (self.ceiling - self.floor)

    @property
    def is_narrow(self) -> bool:
        return self.width < WIDE


def signed(points: float) -> str:
    """Return points with their sign, to a tenth."""
    if not round(points, 1):
        return "±0"
    return f"{'+' if points > 0 else MINUS}{abs(points):.1f}"


def draw(fall: Waterfall, label: str, width: float = WIDE) -> SafeString:
    """Return the picture."""
    axis = _axis(fall, width)
    parts, y, level = list[SafeString](), HEAD, fall.before
    parts += _end(axis, y, fall.before_name, fall.before, is_last=False)
    y += END
    for group in fall.groups:
        parts.append(svg.line(0, y, width, y, "pl-grid"))
        y += 4
        for number, part in enumerate(group.parts):
            row = _narrow_row if axis.is_narrow else _wide_row
            parts += row(axis, y, group, part, level, number)
            level += part.points
            y += ROW
    parts.append(svg.line(0, y, width, y, "pl-drift-base"))
    parts += _end(axis, y, fall.after_name, fall.after, is_last=True)
    return svg.picture(width, y + END, label, *_grid(axis, y + END - 4), *parts, class_="pl-attribution")


def _axis(fall: Waterfall, width: float) -> _Axis:
    level, levels = fall.before, [fall.before, fall.after]
    for part in (part for group in fall.groups for part in group.parts):
        level += part.points
        levels.append(level)
    floor, ceiling = math.floor(min(levels)), math.ceil(max(levels))
    if ceiling == floor:
        ceiling += 1
    left = PLOT if width >= WIDE else 4.0
    return _Axis(width, left + FIGURE_ROOM / 2, width - FIGURE_ROOM, floor, ceiling)


def _grid(axis: _Axis, bottom: float) -> Iterator[SafeString]:
    most = 3 if axis.is_narrow else AXIS_LABELS
    step = max(1, math.ceil((axis.ceiling - axis.floor) / most))
    for score in range(axis.floor, axis.ceiling + 1, step):
        x = axis.x(score)
        yield svg.line(x, HEAD - 6, x, bottom, "pl-grid")
        yield svg.text(x, 12, str(score), "pl-axis", "middle")


def _end(axis: _Axis, y: float, name: str, score: float, *, is_last: bool) -> Iterator[SafeString]:
    x, middle = axis.x(score), y + END / 2
    if axis.is_narrow:
        yield svg.text(0, y + 14, f"{name}: {score:.1f}", "pl-attribution-name")
        middle += 8
    else:
        yield svg.text(0, middle + 5, name, "pl-attribution-name")
        yield svg.text(x + 10, middle + 5, f"{score:.1f}", "pl-attribution-score")
    yield svg.line(x, middle - 10, x, middle + 8, "pl-attribution-end")
    if is_last:
        yield svg.path(f"M{svg.number(x - 5)} {svg.number(middle - 4)}h10l-5 14z", "pl-fill-brass")


def _wide_row(
    axis: _Axis, y: float, group: AttributionGroup, part: AttributionPart, level: float, number: int
) -> Iterator[SafeString]:
    if number == 0:
        head = svg.text(0, y + 15, text.cut(group.name, NAMES - 10, 13, text.MEDIUM), "pl-attribution-name")
        points = svg.text(0, y + 31, signed(group.points), f"pl-drift-change {_tone(group, group.points)}")
        yield svg.link(group.url, f"{group.name}: {signed(group.points)}", head, points, class_="pl-attribution-link")
    room = PLOT - NAMES - 12
    inside = [
        svg.text(NAMES, y + 15, text.cut(part.name, room, 13, text.MEDIUM), "pl-attribution-part"),
        svg.text(NAMES, y + 31, text.cut(part.detail, room, 12), "pl-axis"),
        *_bar(axis, y + (ROW - BAR) / 2, group, part, level),
    ]
    yield _linked(part, inside)


def _narrow_row(
    axis: _Axis, y: float, group: AttributionGroup, part: AttributionPart, level: float, _number: int
) -> Iterator[SafeString]:
    name = text.cut(f"{group.name}: {part.name}", axis.width - 4, 12)
    inside = [svg.text(0, y + 12, name, "pl-attribution-small"), *_bar(axis, y + 18, group, part, level)]
    yield _linked(part, inside)


def _linked(part: AttributionPart, inside: Sequence[SafeString]) -> SafeString:
    title = ": ".join(each for each in (f"{part.name} {signed(part.points)}", part.detail) if each)
    return svg.link(part.url, title, *inside, class_="pl-attribution-link")


def _bar(axis: _Axis, y: float, group: AttributionGroup, part: AttributionPart, level: float) -> Iterator[SafeString]:
    start, end = axis.x(level), axis.x(level + part.points)
    left, long = min(start, end), max(abs(end - start), 2.0)
    if group.is_hatched:
        yield svg.rect(left, y, long, BAR, "pl-bars-outline")
        yield svg.hatch(left, y, long, BAR)
    else:
        yield svg.rect(left, y, long, BAR, "pl-fill-better" if part.points > 0 else "pl-fill-worse")
    yield svg.line(end, y + BAR, end, y + ROW, "pl-attribution-step")
    tone = _tone(group, part.points)
    if part.points > 0 or left - axis.left < 0 or left - 40 < axis.left - FIGURE_ROOM / 2:
        yield svg.text(left + long + 8, y + 11, signed(part.points), f"pl-drift-change {tone}")
    else:
        yield svg.text(left - 8, y + 11, signed(part.points), f"pl-drift-change {tone}", "end")


def _tone(group: AttributionGroup, points: float) -> str:
    if group.is_hatched or not round(points, 1):
        return "pl-drift-even"
    return "pl-drift-better" if points > 0 else "pl-drift-worse"
