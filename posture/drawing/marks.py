"""Draw states as marks in a grid.

Shapes differ, so that a state shows without colour.

On is a full square, partly a half one, off a square with a slash, not seen a hatched one, nothing there an empty one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.safestring import SafeString

from posture.drawing import svg, text

SIZE, PITCH, ROW = 14.0, 20.0, 33.0
NAMES, FIGURES, HEAD = 118.0, 52.0, 86.0
SLANT = 45
STRIP_PITCH = 16.0
COLUMNS_MAX = 8


class StateMark(StrEnum):
    """How something is in one cell."""

    ON = "on"
    PARTLY = "partly"
    OFF = "off"
    UNSEEN = "unseen"
    NONE = "none"
    ABSENT = "absent"
    """There is no such thing there: a dot."""


@dataclass(frozen=True, slots=True)
class StateCell:
    """A mark, its title and where it leads."""

    mark: StateMark
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class StateRow:
    """A named row of cells; `figure` is printed at its end."""

    name: str
    cells: Sequence[StateCell]
    figure: str
    url: str = ""


def draw(columns: Sequence[str], rows: Sequence[StateRow], label: str) -> SafeString:
    """Return the grid under slanted column names."""
    width = NAMES + len(columns) * PITCH + FIGURES
    heads = [_head(name, NAMES + (index + 0.5) * PITCH) for index, name in enumerate(columns)]
    drawn = [part for index, row in enumerate(rows) for part in _row(row, HEAD + index * ROW, width)]
    return svg.picture(width, HEAD + len(rows) * ROW + 1, label, *heads, *drawn, class_="pl-marks")


def mark(kind: StateMark, x: float, y: float, size: float = SIZE) -> Iterator[SafeString]:
    """Yield the shapes of a mark whose upper left corner is given."""
    if kind is StateMark.ABSENT:
        yield svg.rect(x, y, size, size, "pl-heat-hit")
        yield svg.rect(x + size / 2 - 1, y + size / 2 - 1, 2, 2, "pl-marks-dot")
    elif kind is StateMark.UNSEEN:
        yield svg.rect(x, y, size, size, "pl-marks-edge", rx=2)
        yield svg.hatch(x, y, size, size)
    else:
        yield svg.rect(x, y, size, size, f"pl-marks-{kind}", rx=2)
    if kind is StateMark.PARTLY:
        yield svg.rect(x + 1, y + size / 2, size - 2, size / 2 - 1, "pl-fill-medium")
    if kind is StateMark.OFF:
        yield svg.line(x + 3, y + size - 3, x + size - 3, y + 3, "pl-marks-slash")


def _head(name: str, x: float) -> SafeString:
    words = text.cut(name, 104, 12)
    where = f"translate({svg.number(x)} {svg.number(HEAD - 10)}) rotate(-{SLANT})"
    return svg.element("g", svg.text(0, 4, words, "pl-axis"), svg.element("title", name), transform=where)


def _row(row: StateRow, y: float, width: float) -> Iterator[SafeString]:
    yield svg.line(0, y, width, y, "pl-grid")
    name = svg.text(0, y + 21, text.cut(row.name, NAMES - 8, 13), "pl-marks-name")
    yield svg.link(row.url, f"{row.name}: {row.figure}", name)
    for index, cell in enumerate(row.cells):
        shapes = mark(cell.mark, NAMES + index * PITCH + (PITCH - SIZE) / 2, y + (ROW - SIZE) / 2)
        yield svg.link(cell.url, cell.title, *shapes, class_="pl-marks-cell")
    yield svg.text(width, y + 21, row.figure, "pl-axis", "end")


def strip(cells: Sequence[StateCell], moves: Sequence[str], label: str) -> SafeString:
    """Return marks in a row, small enough for a cell of a table.

    Underlined where something was gained or lost.

    A move is "gained", "lost" or "".
    """
    drawn: list[SafeString] = []
    for index, (cell, move) in enumerate(zip(cells, moves, strict=True)):
        x = index * STRIP_PITCH + 0.5
        lines = [svg.line(x, SIZE + 3.5, x + SIZE, SIZE + 3.5, f"pl-marks-{move}")] if move else []
        drawn.append(svg.link(cell.url, cell.title, *mark(cell.mark, x, 0.5), *lines, class_="pl-marks-cell"))
    return svg.picture(len(cells) * STRIP_PITCH, SIZE + 5, label, *drawn, class_="pl-marks")
