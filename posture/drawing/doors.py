"""Draw doors that face the internet, on a line for each kind.

Shapes differ, so that a state shows without colour: a door that is as meant is shut, one with a weak guard ajar, one
that lets anyone in has an arrow, one that could not be seen is hatched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH, NARROW = 724.0, 322.0
GROUPS, NAMES, LEADS = (60.0, 88.0), (104.0, 138.0), 94.0
"""Pixels of the columns of groups and names, at least and at most, and of what the doors lead to."""
BEAM, HEAD, ROW, GROUP_GAP = 10.0, 58.0, 28.0, 7.0
DOOR_WIDTH, DOOR_HEIGHT, DOOR_GAP = 13.0, 18.0, 4.0
MARKS_MAX = 3
SIZE, SMALL = 13.0, 12.0
KIND_SIZE, KIND_GAP = 11.0, 2.0
NONE = "\N{EN DASH}"
NARROW_ROW, NARROW_HEAD, NARROW_NAMES = 30.0, 26.0, 118.0


class DoorLook(StrEnum):
    """How a door is drawn."""

    SHUT = "shut"
    AJAR = "ajar"
    OPEN = "open"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class DoorMark:
    """A door, its title and where it leads."""

    look: DoorLook
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class DoorCell:
    """The doors of one kind in one row: the worst ones, or their number."""

    marks: Sequence[DoorMark] = ()
    count: int = 0
    """How many doors there are; the marks may be fewer."""
    url: str = ""
    title: str = ""
    is_counted: bool = False
    """The number is written in front of the worst door, in place of a mark for each."""


@dataclass(frozen=True, slots=True)
class DoorRow:
    """An account or unit with a cell for each kind."""

    name: str
    cells: Sequence[DoorCell]
    url: str = ""
    leads: str = ""
    """The classification of data behind its doors."""
    leads_url: str = ""
    is_sensitive: bool = False
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class DoorGroup:
    """Rows under one name."""

    name: str
    rows: Sequence[DoorRow]
    url: str = ""


@dataclass(frozen=True, slots=True)
class DoorColumn:
    """A kind of door by its name in at most two lines."""

    lines: Sequence[str]

    @property
    def name(self) -> str:
        """The name in one line."""
        return " ".join(self.lines)


@dataclass(frozen=True, slots=True)
class StateColumn:
    """A state in the narrow picture."""

    name: str
    look: DoorLook


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many doors of a row are in a state."""

    count: int = 0
    url: str = ""


class _DoorsLayout(NamedTuple):
    """Where columns are: the widths of groups, names and kinds."""

    groups: float
    names: float
    step: float

    @property
    def left(self) -> float:
        """Where the kinds begin."""
        return self.groups + self.names


def _layout(columns: Sequence[DoorColumn], groups: Sequence[DoorGroup]) -> _DoorsLayout:
    """Return widths that show the names in full, as far as there is room."""
    named = [text.width(group.name, SMALL) for group in groups if group.name]
    rows = [text.width(row.name, SIZE) for group in groups for row in group.rows]
    wide = _clamp(max(named) + 5, *GROUPS) if named else 0.0
    names = _clamp(max(rows, default=0.0) + 5, *NAMES)
    room = WIDTH - LEADS - _least_step(columns) * len(columns)
    names = max(NAMES[0], min(names, room - wide))
    wide = max(GROUPS[0] if named else 0.0, min(wide, room - names))
    return _DoorsLayout(wide, names, (WIDTH - wide - names - LEADS) / max(1, len(columns)))


def _least_step(columns: Sequence[DoorColumn]) -> float:
    """Return how far apart kinds must be for their names not to touch."""
    last = [text.width(column.lines[-1], KIND_SIZE) for column in columns if column.lines]
    return max(((one + two) / 2 for one, two in pairwise(last)), default=0.0) + KIND_GAP


def _clamp(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)


def draw(columns: Sequence[DoorColumn], groups: Sequence[DoorGroup], label: str) -> SafeString:
    """Return the picture."""
    layout = _layout(columns, groups)
    left, step = layout.left, layout.step
    tops = list(_tops(groups))
    height = (tops[-1][-1] if tops else HEAD) + ROW + 2
    parts = [svg.text(left - 12, BEAM + 5, "The internet", "pl-doors-internet", "end")]
    parts.append(svg.line(left - 4, BEAM, left + step * len(columns), BEAM, "pl-doors-beam"))
    for place, column in enumerate(columns):
        parts += _column(column, left + (place + 0.5) * step, _lowest(place, groups, tops))
    parts.append(svg.text(WIDTH - LEADS + 10, HEAD - 12, "leads to", "pl-axis"))
    for group, ys in zip(groups, tops, strict=True):
        parts += _group(group, ys, layout)
    return svg.picture(WIDTH, height, label, *parts, class_="pl-doors")


def _tops(groups: Sequence[DoorGroup]) -> Iterator[list[float]]:
    """Yield the upper edges of each group's rows."""
    y = HEAD
    for group in groups:
        yield [y + place * ROW for place in range(len(group.rows))]
        y += len(group.rows) * ROW + GROUP_GAP


def _lowest(place: int, groups: Sequence[DoorGroup], tops: Sequence[Sequence[float]]) -> float | None:
    """Return where the line of a kind ends: at its last door; None without any."""
    found = [
        y + ROW / 2
        for group, ys in zip(groups, tops, strict=True)
        for row, y in zip(group.rows, ys, strict=True)
        if row.cells[place].marks
    ]
    return max(found, default=None)


def _column(column: DoorColumn, x: float, lowest: float | None) -> Iterator[SafeString]:
    if lowest is not None:
        yield svg.line(x, BEAM, x, BEAM + 8, "pl-doors-line")
        yield svg.line(x, HEAD - 4, x, lowest, "pl-doors-line")
    yield svg.element("circle", cx=x, cy=BEAM, r=3, class_="pl-doors-tap")
    look = "pl-doors-kind" if lowest is not None else "pl-doors-kind pl-doors-unused"
    for place, words in enumerate(reversed(column.lines)):
        yield svg.text(x, HEAD - 12 - place * 13, words, look, "middle")


def _group(group: DoorGroup, ys: Sequence[float], layout: _DoorsLayout) -> Iterator[SafeString]:
    if not ys:
        return
    yield svg.line(0, ys[0], WIDTH, ys[0], "pl-grid")
    if group.name:
        name = svg.text(0, ys[0] + 19, text.cut(group.name, layout.groups - 4, SMALL), "pl-axis")
        yield svg.link(group.url, group.name, name)
    for row, y in zip(group.rows, ys, strict=True):
        yield from _row(row, y, layout)


def _row(row: DoorRow, y: float, layout: _DoorsLayout) -> Iterator[SafeString]:
    left, step = layout.left, layout.step
    name = svg.text(layout.groups, y + 19, text.cut(row.name, layout.names - 4, SIZE), "pl-doors-name")
    yield svg.link(row.url, row.name, name, class_="pl-doors-row")
    for place, cell in enumerate(row.cells):
        yield from _cell(cell, left + (place + 0.5) * step, y, step)
    if row.leads:
        yield from _leads(row, WIDTH - LEADS + 10, y)


def _cell(cell: DoorCell, x: float, y: float, step: float) -> Iterator[SafeString]:
    if not cell.marks:
        return
    top = y + (ROW - DOOR_HEIGHT) / 2
    if cell.is_counted:
        yield from _counted(cell, x, y, top)
        return
    more = f"+ {cell.count - len(cell.marks):,}" if cell.count > len(cell.marks) else ""
    wide = len(cell.marks) * (DOOR_WIDTH + DOOR_GAP) - DOOR_GAP
    room = text.width(more, SMALL) + DOOR_GAP if more else 0.0
    start = max(x - step / 2 + 1, x - DOOR_WIDTH / 2 if len(cell.marks) == 1 and not more else x - (wide + room) / 2)
    for place, mark in enumerate(cell.marks):
        shapes = door(mark.look, start + place * (DOOR_WIDTH + DOOR_GAP), top)
        yield svg.link(mark.url, mark.title, *shapes, class_="pl-doors-door")
    if more:
        words = svg.text(start + wide + DOOR_GAP, y + 19, more, "pl-doors-more")
        yield svg.link(cell.url, cell.title, words)


def _counted(cell: DoorCell, x: float, y: float, top: float) -> Iterator[SafeString]:
    """Yield a number and the worst door, as one link."""
    words = f"{cell.count:,}"
    wide = text.width(words, SIZE) + DOOR_GAP + DOOR_WIDTH
    back = svg.rect(x - wide / 2 - 3, top - 2, wide + 6, DOOR_HEIGHT + 4, "pl-doors-ground")
    number = svg.text(x - wide / 2, y + 19, words, "pl-doors-count")
    shapes = door(cell.marks[0].look, x + wide / 2 - DOOR_WIDTH, top)
    yield svg.link(cell.url, cell.title, back, number, *shapes, class_="pl-doors-door")


def _leads(row: DoorRow, x: float, y: float) -> Iterator[SafeString]:
    look = "pl-doors-level-sensitive" if row.is_sensitive else "pl-doors-level"
    mark = [svg.rect(x + 0.5, y + 8.5, 11, 11, look)]
    if row.is_sensitive:
        mark.append(svg.rect(x, y + 8, 4, 12, "pl-fill-brass"))
    if row.is_unseen:
        mark = [svg.hatch(x, y + 8, 12, 12)]
    words = svg.text(x + 18, y + 19, text.cut(row.leads, LEADS - 28, SMALL), "pl-axis")
    yield svg.link(row.leads_url, f"{row.name} leads to {row.leads}", *mark, words)


def door(look: DoorLook, x: float, y: float) -> Iterator[SafeString]:
    """Yield the shapes of a door whose upper left corner is given."""
    w, h = DOOR_WIDTH, DOOR_HEIGHT
    yield svg.rect(x, y, w, h, "pl-doors-ground")
    if look is DoorLook.UNSEEN:
        yield svg.rect(x + 0.5, y + 0.5, w - 1, h - 1, "pl-doors-frame-unseen")
        yield svg.hatch(x, y, w, h)
    elif look is DoorLook.OPEN:
        yield svg.rect(x, y, w, h, "pl-fill-critical")
        yield svg.path(_shape(x, y, "M2 9H10M6.6 5.6L10 9L6.6 12.4"), "pl-doors-arrow")
    elif look is DoorLook.AJAR:
        yield svg.rect(x + 1, y + 1, w - 2, h - 2, "pl-doors-frame-ajar")
        yield svg.path(_shape(x, y, "M1 1L6.5 3.5V17.5L1 17Z"), "pl-fill-medium")
    else:
        yield svg.rect(x, y, w, h, "pl-fill-bar")
        yield svg.rect(x + 9, y + 9, 2, 2, "pl-doors-knob")


def _shape(x: float, y: float, d: str) -> str:
    """Return a path of single capital commands, moved to a corner."""
    moved: list[str] = []
    for command, numbers in _commands(d):
        if command == "H":
            moved.append(f"H{svg.number(x + numbers[0])}")
        elif command == "V":
            moved.append(f"V{svg.number(y + numbers[0])}")
        elif command == "Z":
            moved.append("Z")
        else:
            moved.append(f"{command}{svg.number(x + numbers[0])} {svg.number(y + numbers[1])}")
    return "".join(moved)


def _commands(d: str) -> Iterator[tuple[str, list[float]]]:
    place = 0
    while place < len(d):
        end = place + 1
        while end < len(d) and not d[end].isalpha():
            end += 1
        yield d[place], [float(one) for one in d[place + 1 : end].split()]
        place = end


def draw_narrow(
    columns: Sequence[StateColumn], rows: Sequence[tuple[str, str, Sequence[StateCount]]], label: str
) -> SafeString:
    """Return units by state, for a phone: name, URL and a number for each state."""
    step = (NARROW - NARROW_NAMES) / max(1, len(columns))
    parts: list[SafeString] = []
    for place, column in enumerate(columns):
        x = NARROW_NAMES + (place + 0.5) * step
        marks = door(column.look, x - DOOR_WIDTH / 2, 2)
        parts.append(svg.link("", column.name, *marks))
    for place, (name, url, counts) in enumerate(rows):
        parts += _narrow_row(name, url, list(zip(columns, counts, strict=True)), NARROW_HEAD + place * NARROW_ROW, step)
    height = NARROW_HEAD + len(rows) * NARROW_ROW + 1
    return svg.picture(NARROW, height, label, *parts, class_="pl-doors")


def _narrow_row(
    name: str, url: str, counts: Sequence[tuple[StateColumn, StateCount]], y: float, step: float
) -> Iterator[SafeString]:
    yield svg.line(0, y, NARROW, y, "pl-grid")
    yield svg.link(url, name, svg.text(0, y + 20, text.cut(name, NARROW_NAMES - 8, SIZE), "pl-doors-name"))
    for place, (column, one) in enumerate(counts):
        x = NARROW_NAMES + (place + 0.5) * step
        words = f"{one.count:,}" if one.count else NONE
        look = "pl-doors-count" if one.count else "pl-axis"
        number = svg.text(x, y + 20, words, look, "middle")
        yield svg.link(one.url if one.count else "", f"{name}: {one.count:,} {column.name}", number)
