"""A picture on a sheet of its own.

Its point above it, and below where, when and by whom it was drawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

MARGIN = 24
LEAST_WIDTH = 420
"""Pixels that a title and a footer need, however narrow the picture is."""
TITLE_SIZE, TITLE_LEADING, TITLE_LINES = 20, 26, 4
FOOT_SIZE, FOOT_LEADING = 12, 18
MAKER = "Plumbline"
MAKER_WIDTH = 84
UNSEEN = "hatched: could not be seen"
SIZE = re.compile(r'^<svg\b[^>]*? width="([\d.]+)" height="([\d.]+)"')
FOREIGN = re.compile(
    r"<(?:image|use|script|style|foreignObject|[!?])"
    r'|\s(?:fill|stroke|filter|mask|clip-path|marker[a-z-]*|style|cursor)="[^"]*url\((?!#pl-(?:hatch|dots)\))',
    re.IGNORECASE,
)
"""What could lead out of the picture. The builder makes none of it, and escaped text never looks like it.

It has neither `<` nor quotation marks; a name may well have `url(` in it.
"""


class ForeignError(Exception):
    """A picture refers to something outside of itself; the message shows where."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """An SVG document by itself, but for the rules of its classes."""

    markup: str
    width: float
    height: float


def compose(title: str, drawing: str, where: Sequence[str]) -> Sheet:
    """Return a picture with its title, and a footer of `where` and when it holds."""
    if found := FOREIGN.search(drawing):
        raise ForeignError(f"a picture has {found[0]!r} in it")
    drawn_width, drawn_height = size(drawing)
    inner = max(drawn_width, LEAST_WIDTH)
    titles = _lines(title, inner, TITLE_SIZE, text.MEDIUM, TITLE_LINES)
    has_hatch = svg.HATCH in drawing
    foot = _lines(" · ".join(filter(None, where)), inner - MAKER_WIDTH, FOOT_SIZE, text.REGULAR, 3)
    top = MARGIN + len(titles) * TITLE_LEADING + 8
    below = top + drawn_height + 20
    lines = max(1, len(foot)) + has_hatch
    height = below + 14 + lines * FOOT_LEADING + MARGIN - 8
    width = inner + 2 * MARGIN
    return Sheet(
        svg.element(
            "svg",
            _definitions(),
            svg.rect(0, 0, width, height, "pl-sheet"),
            *_title(titles),
            _placed(drawing, MARGIN, top),
            svg.line(MARGIN, below, width - MARGIN, below, "pl-grid"),
            *_foot(foot, below + 20, width, has_hatch=has_hatch),
            xmlns="http://www.w3.org/2000/svg",
            width=width,
            height=height,
            viewBox=f"0 0 {svg.number(width)} {svg.number(height)}",
            class_="pl-drawing",
        ),
        width,
        height,
    )


def size(drawing: str) -> tuple[float, float]:
    """Return the width and height of a picture in pixels."""
    found = SIZE.match(drawing)
    if found is None:
        raise ValueError("a picture begins with its size")
    return float(found[1]), float(found[2])


def _lines(words: str, width: float, size_: float, weight: str, most: int) -> Sequence[str]:
    """Return words in lines; cut at the end where they are too many."""
    words = words.translate(svg.STRIPPED)
    for number in range(1, most + 1):
        if found := text.wrap(words, width, number, size_, weight):
            return found
    return [text.cut(words, width, size_, weight)] if words else []


def _definitions() -> SafeString:
    """Return the patterns that pages define, for what is hatched and what is dotted."""
    stripe = svg.line(0, 0, 0, 6, "pl-hatch-line")
    dot = svg.element("circle", class_="pl-heat-dot", cx=2, cy=2, r=1)
    turned = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    return svg.element(
        "defs",
        svg.element("pattern", stripe, id="pl-hatch", width=6, height=6, **turned),
        svg.element("pattern", dot, id="pl-dots", width=4, height=4, patternUnits="userSpaceOnUse"),
    )


def _title(lines: Sequence[str]) -> list[SafeString]:
    at = MARGIN + TITLE_SIZE * 0.8
    return [
        svg.text(MARGIN, at + number * TITLE_LEADING, words, "pl-sheet-title") for number, words in enumerate(lines)
    ]


def _placed(drawing: str, x: float, y: float) -> SafeString:
    moved = drawing.replace("<svg", f'<svg x="{svg.number(x)}" y="{svg.number(y)}"', 1)
    return svg.join([SafeString(moved)])


def _foot(lines: Sequence[str], y: float, width: float, *, has_hatch: bool) -> list[SafeString]:
    found = []
    if has_hatch:
        found += [
            svg.rect(MARGIN + 0.5, y - 9.5, 16, 10, "pl-bars-outline"),
            svg.hatch(MARGIN, y - 10, 17, 11),
            svg.text(MARGIN + 24, y, UNSEEN, "pl-axis"),
        ]
    first = y + FOOT_LEADING * has_hatch
    found += [svg.text(MARGIN, first + number * FOOT_LEADING, words, "pl-axis") for number, words in enumerate(lines)]
    right = width - MARGIN
    found.append(svg.text(right, first, MAKER, "pl-axis", "end"))
    bob = right - text.width(MAKER, FOOT_SIZE) - 10
    found.append(svg.path(f"M{svg.number(bob - 4)} {svg.number(first - 8)}h8l-4 9Z", "pl-fill-brass"))
    return found
