"""Draw what there is by kind and class.

A cell for each, darker the more there is, what is open at its foot.

What carries no class has a column of its own; what could not be read of it is hatched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 722.0, 322.0
ROW, HEAD, GAP, FOOT = 34.0, 24.0, 2.0, 4.0
SLANTED_HEAD = 78.0
NAMES, NARROW_NAMES, TOTALS = 178.0, 0.0, 56.0
NARROW_ROW = 54.0
SHADE_SHARES = (0.02, 0.12)
"""Shares of all from which on a cell is darker."""
FIGURE_MIN = 2.0


@dataclass(frozen=True, slots=True)
class HoldingCell:
    """Numbers of stores, of open ones, and of those whose class is unknown."""

    count: int = 0
    open: int = 0
    unread: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """A kind of store with a cell for each class, in the order of the columns."""

    name: str
    cells: Sequence[HoldingCell]
    url: str = ""

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(cell.count for cell in self.cells)


@dataclass(frozen=True, slots=True)
class HoldingColumn:
    """A class: those that want protection come first, and what has none last."""

    name: str
    is_sensitive: bool = False


def draw(columns: Sequence[HoldingColumn], rows: Sequence[HoldingRow], label: str, width: float = WIDE) -> SafeString:
    """Return the grid."""
    is_narrow = width < WIDE
    names = NARROW_NAMES if is_narrow else NAMES
    step = (width - names - (44.0 if is_narrow else TOTALS)) / max(1, len(columns))
    head = SLANTED_HEAD if is_narrow else HEAD
    tall = NARROW_ROW if is_narrow else ROW
    total = sum(row.total for row in rows)
    parts = [part for place, one in enumerate(columns) for part in _head(one, names + place * step, step, head)]
    for place, row in enumerate(rows):
        parts += _row(row, columns, head + place * tall, (names, step, width), total)
    return svg.picture(width, head + len(rows) * tall, label, *parts, class_="pl-holdings")


def _head(one: HoldingColumn, x: float, step: float, head: float) -> Iterator[SafeString]:
    look = "pl-holdings-head" if one.is_sensitive else "pl-axis"
    if head == SLANTED_HEAD:
        where = f"translate({svg.number(x + step / 2)} {svg.number(head - 8)}) rotate(-45)"
        yield svg.element("g", svg.text(0, 4, text.cut(one.name, 92, 12), look), transform=where)
    else:
        yield svg.text(x + step / 2, 13, text.cut(one.name, step - 4, 12), look, "middle")
    if one.is_sensitive:
        yield svg.rect(x, head - 4, step - GAP, 2, "pl-fill-brass")


def _row(
    row: HoldingRow, columns: Sequence[HoldingColumn], y: float, across: tuple[float, float, float], total: int
) -> Iterator[SafeString]:
    names, step, width = across
    above = NARROW_ROW - ROW if width < WIDE else 0.0
    room = (width if above else names) - 10
    name = svg.text(0, y + (14 if above else 21), text.cut(row.name, room, 13), "pl-holdings-name")
    yield svg.link(row.url, f"{row.name}: {row.total:,}", name)
    for place, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
        words = f"{row.name}, {column.name.lower()}: {cell.count:,}"
        words += f", {cell.open:,} open" if cell.open else ""
        words += f", {cell.unread:,} could not be read" if cell.unread else ""
        shapes = _cell(cell, names + place * step, y + above + 1, step - GAP, total)
        yield svg.link(cell.url if cell.count else "", words, *shapes, class_="pl-holdings-cell")
    yield svg.text(width, y + above + 21, f"{row.total:,}", "pl-holdings-total", "end")


def _cell(cell: HoldingCell, x: float, y: float, wide: float, total: int) -> Iterator[SafeString]:
    tall = ROW - GAP
    if not cell.count:
        yield svg.rect(x, y, wide, tall, "pl-holdings-none")
        return
    share = cell.count / total if total else 0.0
    shade = 1 + sum(share >= limit for limit in SHADE_SHARES)
    yield svg.rect(x, y, wide, tall, f"pl-holdings-n{shade}")
    if cell.unread:
        part = max(6.0, wide * min(1.0, cell.unread / cell.count))
        yield svg.hatch(x + wide - part, y, part, tall)
    if cell.open:
        long = max(FOOT, wide * min(1.0, cell.open / cell.count))
        yield svg.rect(x, y + tall - FOOT, long, FOOT, "pl-fill-critical")
    words = _fitting(cell, wide)
    kind = "pl-holdings-open" if cell.open else "pl-holdings-count"
    yield svg.text(x + wide / 2, y + 20, words, kind, "middle")


def _fitting(cell: HoldingCell, wide: float) -> str:
    """Return "2 of 30" where it fits, else the number, else that shortened."""
    if cell.open:
        words = f"{cell.open:,} of {cell.count:,}"
        if text.width(words, 13, text.MEDIUM) <= wide - FIGURE_MIN:
            return words
    words = f"{cell.count:,}"
    if text.width(words, 13) <= wide - FIGURE_MIN:
        return words
    return f"{cell.count / 1000:.0f}k"
