"""Draw open findings by severity and age, with time limits as a stepped line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg

CELL_WIDTH, CELL_HEIGHT, GAP = 59.0, 36.0, 2.0
HEAD, NAMES = 24.0, 80.0
NONE = "\N{EN DASH}"
SHADES = (1, 10, 100, 400)
"""Counts from which on a cell takes the next darker shade."""
DARKEST = len(SHADES)


@dataclass(frozen=True, slots=True)
class AgeCell:
    """How many findings are open, and the list behind them."""

    count: int
    url: str = ""
    is_late: bool = False
    """Whether this age is past the severity's time limit."""


@dataclass(frozen=True, slots=True)
class AgeRow:
    """One severity; `kind` is critical, high, medium or low."""

    name: str
    kind: str
    cells: Sequence[AgeCell]
    is_selected: bool = True
    url: str = ""


def draw(columns: Sequence[str], rows: Sequence[AgeRow], label: str, *, selected_only: bool = False) -> SafeString:
    """Return the grid; rows that are not selected are outlines with their numbers."""
    width = NAMES + len(columns) * CELL_WIDTH
    height = HEAD + len(rows) * CELL_HEIGHT + 2
    heads = [
        svg.text(NAMES + (index + 0.5) * CELL_WIDTH, 14, name, "pl-axis", "middle")
        for index, name in enumerate(columns)
    ]
    drawn = [
        part for index, row in enumerate(rows) for part in _row(row, HEAD + index * CELL_HEIGHT, marked=selected_only)
    ]
    return svg.picture(width, height, label, *heads, *drawn, svg.path(_limits(rows), "pl-limit"), class_="pl-ages")


def _row(row: AgeRow, y: float, *, marked: bool) -> Iterator[SafeString]:
    if row.is_selected and marked:
        yield svg.rect(0, y + 1, 2, CELL_HEIGHT - GAP, "pl-fill-brass")
    name = svg.join(
        (_mark(row.kind, 15, y + CELL_HEIGHT / 2), svg.text(27, y + CELL_HEIGHT / 2 + 4, row.name, "pl-ages-name"))
    )
    yield svg.link(row.url, f"{row.name}: {sum(cell.count for cell in row.cells)} open", name)
    for index, cell in enumerate(row.cells):
        yield from _cell(row, cell, NAMES + index * CELL_WIDTH, y)


def _mark(kind: str, x: float, y: float) -> SafeString:
    """Return a severity's mark; shapes differ, so that colour is not needed."""
    if kind in {"critical", "medium"}:
        inner = svg.path(f"M{x} {y - 3}v3.6M{x} {y + 3}v.1", "pl-mark-line")
        return svg.element("g", svg.element("circle", cx=x, cy=y, r=6), inner, class_=f"pl-mark-{kind}")
    if kind == "high":
        edge = svg.path(f"M{x} {y - 6}L{x + 6.5} {y + 5.5}H{x - 6.5}Z")
        inner = svg.path(f"M{x} {y - 2}v3.2M{x} {y + 3.6}v.1", "pl-mark-line")
        return svg.element("g", edge, inner, class_="pl-mark-high")
    return svg.element("g", svg.line(x - 5, y, x + 5, y), class_="pl-mark-low")


def _cell(row: AgeRow, cell: AgeCell, x: float, y: float) -> Iterator[SafeString]:
    # A critical finding past its limit is as bad as it gets, however few there are.
    shade = DARKEST if row.kind == "critical" and cell.is_late and cell.count else _shade(cell.count)
    fill = "pl-ages-empty" if not row.is_selected or not shade else f"pl-ages-{'o' if cell.is_late else 'n'}{shade}"
    box = svg.rect(x + GAP / 2, y + GAP / 2, CELL_WIDTH - GAP, CELL_HEIGHT - GAP, fill, rx=2)
    words = f"{cell.count:,}" if cell.count else NONE
    on = "" if not row.is_selected or not cell.is_late else f" pl-ages-on-o{shade}"
    figure = svg.text(x + CELL_WIDTH / 2, y + CELL_HEIGHT / 2 + 5, words, f"pl-ages-count{on}", "middle")
    late = ", past the time limit" if cell.is_late else ""
    yield svg.link(cell.url if cell.count else "", f"{row.name}: {cell.count}{late}", box, figure)


def _shade(count: int) -> int:
    return sum(count >= least for least in SHADES)


def _limits(rows: Sequence[AgeRow]) -> str:
    """Return the stepped line left of what is late in each row."""
    steps: list[str] = []
    for index, row in enumerate(rows):
        late = next((place for place, cell in enumerate(row.cells) if cell.is_late), len(row.cells))
        x, top = NAMES + late * CELL_WIDTH, HEAD + index * CELL_HEIGHT
        steps.append(f"{'L' if steps else 'M'}{svg.number(x)} {svg.number(top)}V{svg.number(top + CELL_HEIGHT)}")
    return "".join(steps)
