"""Draw figures as horizontal bars in parts.

Rows that lead to the list behind each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString

from posture.drawing import svg, text

ROW, BAR = 23.0, 11.0
FIGURE_GAP = 8.0
"""Pixels between the longest bar and the widest figure."""
PART_MIN = 3.0
"""Pixels that a part takes at least, so that one critical among a thousand shows."""


@dataclass(frozen=True, slots=True)
class BarPart:
    """A part of a bar; `kind` is the class suffix of its fill.

    Hatched where it could not be seen.
    """

    value: float
    kind: str = "bar"
    is_hatched: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A named row: its parts, what is printed at its right end, and where it leads."""

    name: str
    parts: Sequence[BarPart]
    figure: str
    url: str = ""
    title: str = ""
    is_selected: bool = True

    @property
    def total(self) -> float:
        """The sum of its parts."""
        return sum(part.value for part in self.parts)


@dataclass(frozen=True, slots=True)
class BarColumns:
    """Where names end and figures begin, in pixels."""

    width: float = 320.0
    names: float = 118.0
    figures: float = 44.0

    @property
    def room(self) -> float:
        """The pixels of the longest bar."""
        return self.width - self.names - self.figures


def draw(
    bars: Sequence[Bar],
    label: str,
    columns: BarColumns | None = None,
    *,
    marks_selected: bool = False,
    most: float | None = None,
) -> SafeString:
    """Return the bars on one scale.

    Those that are not selected become outlines and keep their figures.

    The scale ends at the longest bar, or at `most`.
    """
    columns = _fit(columns or BarColumns(), bars)
    most = most or max((bar.total for bar in bars), default=0.0) or 1.0
    rows = [
        part for index, bar in enumerate(bars) for part in _row(bar, index * ROW, columns, most, marked=marks_selected)
    ]
    return svg.picture(columns.width, max(ROW, len(bars) * ROW), label, *rows, class_="pl-bars")


def _fit(columns: BarColumns, bars: Sequence[Bar]) -> BarColumns:
    """Return columns in which no bar runs under a figure."""
    figures = max((text.width(bar.figure, 13) for bar in bars), default=0.0) + FIGURE_GAP
    return columns if figures <= columns.figures else replace(columns, figures=figures)


def _row(bar: Bar, y: float, columns: BarColumns, most: float, *, marked: bool) -> Iterator[SafeString]:
    if marked and bar.is_selected:
        yield svg.rect(0, y + 2, 2, ROW - 4, "pl-fill-brass")
    indent = 8.0 if marked else 0.0
    name = text.cut(bar.name, columns.names - indent - 8, 13)
    inside = [svg.text(indent, y + 16, name, "pl-bars-name"), *_parts(bar, y, columns, most)]
    inside.append(svg.text(columns.width, y + 16, bar.figure, "pl-bars-figure", "end"))
    yield svg.link(bar.url, bar.title or f"{bar.name}: {bar.figure}", *inside, class_="pl-bars-row")


def _parts(bar: Bar, y: float, columns: BarColumns, most: float) -> Iterator[SafeString]:
    x, top = columns.names, y + (ROW - BAR) / 2
    for part in bar.parts:
        if part.value <= 0:
            continue
        long = max(PART_MIN, columns.room * part.value / most)
        if not bar.is_selected:
            yield svg.rect(x, top, long, BAR, "pl-bars-outline")
        else:
            yield svg.rect(x, top, long, BAR, f"pl-fill-{part.kind}")
            if part.is_hatched:
                yield svg.hatch(x, top, long, BAR)
        x += long + 1
