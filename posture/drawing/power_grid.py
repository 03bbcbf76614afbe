"""Draw identities by what they may do and when they were used last.

One mark is one identity.

Right of the line they are past the limit. What is unknown is hatched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 722.0, 314.0
NAMES, GAP, HEAD = 142.0, 6.0, 38.0
NARROW_NAMES_HEIGHT, NARROW_CELL = 22.0, 44.0
CELL_MIN, FIGURE_HEIGHT, PAD = 48.0, 30.0, 10.0
PITCH, MARK = 6.0, 4.0
MARKS_MAX = 700
"""Identities up to which each has a mark; of more, each kind has a bar."""
BAR_HEIGHT = 5.0
NONE = "\N{EN DASH}"
SHORT_FROM = 10_000
"""Counts from which on they are written in thousands."""


@dataclass(frozen=True, slots=True)
class PowerCell:
    """Identities of one power and use: people, roles, services."""

    people: int = 0
    roles: int = 0
    services: int = 0
    look: str = "n1"
    """The ground: n1, or o1 and o2 for what could go."""
    url: str = ""
    is_hatched: bool = False
    """Whether nobody can know that it is right."""

    @property
    def count(self) -> int:
        """How many there are."""
        return self.people + self.roles + self.services

    @property
    def kinds(self) -> tuple[tuple[str, int], ...]:
        """The number of each kind."""
        return ("person", self.people), ("role", self.roles), ("service", self.services)


@dataclass(frozen=True, slots=True)
class PowerRow:
    """A power, with a cell for each column."""

    name: str
    detail: str
    cells: Sequence[PowerCell]


@dataclass(frozen=True, slots=True)
class UseColumn:
    """A span of time in which identities were used last."""

    name: str
    above: str = ""
    """A line over the name."""
    is_first_past: bool = False
    """Whether the limit is at its left edge."""


@dataclass(frozen=True, slots=True)
class _Layout:
    width: float
    names: float
    step: float
    most: int
    """The fullest kind of any cell where kinds have bars, 0 where each identity has a mark."""
    per_line: int
    is_narrow: bool

    @property
    def cell(self) -> float:
        return self.step - GAP

    def left(self, place: int) -> float:
        return self.names + place * self.step

    def height(self, row: PowerRow) -> float:
        if self.is_narrow:
            return NARROW_CELL
        return max([CELL_MIN, *(FIGURE_HEIGHT + self._marks(cell) + PAD for cell in row.cells)])

    def _marks(self, cell: PowerCell) -> float:
        if self.most:
            return 3 * (BAR_HEIGHT + 2)
        return PITCH * sum(ceil(number / self.per_line) for _, number in cell.kinds)


def draw(columns: Sequence[UseColumn], rows: Sequence[PowerRow], label: str, width: float = WIDE) -> SafeString:
    """Return the grid; a narrow one has figures and no marks."""
    layout = _lay_out(columns, rows, width)
    y, parts = HEAD, [part for place, one in enumerate(columns) for part in _head(one, layout.left(place))]
    for row in rows:
        tall = layout.height(row)
        parts += _row(row, columns, y, tall, layout)
        y += tall + GAP + (NARROW_NAMES_HEIGHT if layout.is_narrow else 0)
    for place, one in enumerate(columns):
        if one.is_first_past:
            x = layout.left(place) - GAP / 2
            parts.append(svg.line(x, HEAD - 10, x, y - GAP, "pl-limit"))
    return svg.picture(width, y, label, *parts, class_="pl-power")


def _lay_out(columns: Sequence[UseColumn], rows: Sequence[PowerRow], width: float) -> _Layout:
    is_narrow = width < WIDE
    names = 0.0 if is_narrow else NAMES
    step = (width - names + GAP) / max(1, len(columns))
    cells = [cell for row in rows for cell in row.cells]
    has_bars = sum(cell.count for cell in cells) > MARKS_MAX
    most = max((number for cell in cells for _, number in cell.kinds), default=0) if has_bars else 0
    return _Layout(width, names, step, most, max(1, int((step - GAP - 2 * PAD) // PITCH)), is_narrow)


def _head(one: UseColumn, x: float) -> Iterator[SafeString]:
    if one.above:
        yield svg.text(x, 11, one.above, "pl-axis")
    yield svg.text(x, 27, one.name, "pl-power-head")


def _row(row: PowerRow, columns: Sequence[UseColumn], y: float, tall: float, layout: _Layout) -> Iterator[SafeString]:
    if layout.is_narrow:
        yield svg.text(0, y + 14, row.name, "pl-power-name")
        y += NARROW_NAMES_HEIGHT
    else:
        names = text.wrap(row.name, NAMES - 8, 2, 13, text.MEDIUM) or (row.name,)
        for number, words in enumerate(names):
            yield svg.text(0, y + 13 + 15 * number, words, "pl-power-name")
        yield svg.text(0, y + 14 + 15 * len(names), text.cut(row.detail, NAMES - 8, 12), "pl-axis")
    for place, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
        words = f"{row.name}, {column.above} {column.name}".replace("  ", " ") if column.above else ""
        title = f"{words or f'{row.name}, {column.name}'}: {_words(cell)}"
        shapes = _cell(cell, layout.left(place), y, tall, layout)
        yield svg.link(cell.url if cell.count else "", title, *shapes, class_="pl-power-cell")


def _words(cell: PowerCell) -> str:
    kinds = f"{cell.people:,} people, {cell.roles:,} roles, {cell.services:,} services"
    more = ", more may not be seen" if cell.is_hatched else ""
    return f"{cell.count:,} ({kinds}){more}" if cell.count else f"none{more}"


def _cell(cell: PowerCell, x: float, y: float, tall: float, layout: _Layout) -> Iterator[SafeString]:
    yield svg.rect(x, y, layout.cell, tall, f"pl-power-{cell.look if cell.count else 'none'}")
    if cell.is_hatched:
        yield svg.hatch(x, y, layout.cell, tall, "pl-power-hatch")
    if not cell.count:
        yield svg.text(x + PAD, y + 24, NONE, "pl-axis")
        return
    yield svg.text(x + PAD, y + 24, _short(cell.count), "pl-power-count")
    if layout.is_narrow:
        return
    if layout.most:
        yield from _bars(cell, x + PAD, y + FIGURE_HEIGHT, layout)
    else:
        yield from _marks(cell, x + PAD, y + FIGURE_HEIGHT, layout.per_line)


def _short(number: int) -> str:
    return f"{number / 1000:.1f}k" if number > SHORT_FROM else f"{number:,}"


def _marks(cell: PowerCell, x: float, y: float, per_line: int) -> Iterator[SafeString]:
    """Yield a path for each kind, whose marks begin on a line of their own."""
    for kind, number in cell.kinds:
        if number:
            places = ((x + n % per_line * PITCH, y + n // per_line * PITCH) for n in range(number))
            yield svg.path("".join(_mark(kind, *place) for place in places), f"pl-power-{kind}")
            y += PITCH * ceil(number / per_line)


def _mark(kind: str, x: float, y: float) -> str:
    if kind == "person":
        return f"M{svg.number(x)} {svg.number(y + MARK / 2)}a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z"
    inset = 0.5 if kind == "service" else 0.0
    size = MARK - 2 * inset
    return (
        f"M{svg.number(x + inset)} {svg.number(y + inset)}h{svg.number(size)}v{svg.number(size)}h-{svg.number(size)}z"
    )


def _bars(cell: PowerCell, x: float, y: float, layout: _Layout) -> Iterator[SafeString]:
    room = layout.cell - 2 * PAD
    for kind, number in cell.kinds:
        if number:
            yield svg.rect(x, y, max(2.0, room * number / layout.most), BAR_HEIGHT, f"pl-power-{kind}")
        y += BAR_HEIGHT + 2
