"""Draw states as parts of a ring.

A failing part is thick, a passing one plain, an unknown one hatched.

What nothing judges is a thin line, so that it cannot be taken for good, and a dotted one where a person attests it:
the states differ without colour.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg

KINDS = ("fail", "unknown", "pass", "attested", "unused", "unjudged")
"""States in the order in which they follow each other from the top."""
GAP = 0.04
"""Radians left free between parts."""
WHOLE = 2 * math.pi


@dataclass(frozen=True, slots=True)
class RingPart:
    """How many are in a state, which is one of `KINDS`."""

    kind: str
    count: int


def draw(parts: Sequence[RingPart], label: str, words: str = "", size: float = 64.0) -> SafeString:
    """Return the ring with a word in its middle.

    An empty thin circle where there is nothing.
    """
    total = sum(part.count for part in parts)
    middle, outer = size / 2, size / 2 - 1
    shapes: list[SafeString] = []
    if not total:
        shapes.append(svg.element("circle", cx=middle, cy=middle, r=outer - 4, class_="pl-ring-unjudged"))
    at = 0.0
    found = [part for part in parts if part.count]
    for part in sorted(found, key=lambda part: KINDS.index(part.kind)):
        turn = WHOLE * part.count / total
        shapes += _arc(part.kind, middle, outer, at, turn)
        at += turn
    text = svg.text(middle, middle + 5, words, "pl-ring-words", "middle") if words else svg.join(())
    return svg.picture(size, size, label, *shapes, text, class_="pl-ring")


def _arc(kind: str, middle: float, outer: float, start: float, turn: float) -> Iterator[SafeString]:
    thick = outer * (0.30 if kind == "fail" else 0.22)
    if kind in {"attested", "unused", "unjudged"}:
        radius = outer - thick / 2
        yield svg.path(_line(middle, radius, start, turn), f"pl-ring-{kind}")
        return
    edge = outer if kind == "fail" else outer - 2
    shape = _sector(middle, edge, edge - thick, start, turn)
    yield svg.path(shape, f"pl-ring-{kind}")
    if kind == "unknown":
        yield svg.path(shape, fill=svg.HATCH)


def _sector(middle: float, outer: float, inner: float, start: float, turn: float) -> str:
    begin, end = _ends(start, turn)
    large = int(end - begin > math.pi)
    out = [_at(middle, outer, begin), _at(middle, outer, end), _at(middle, inner, end), _at(middle, inner, begin)]
    return (
        f"M{out[0]}A{_n(outer)} {_n(outer)} 0 {large} 1 {out[1]}L{out[2]}A{_n(inner)} {_n(inner)} 0 {large} 0 {out[3]}z"
    )


def _line(middle: float, radius: float, start: float, turn: float) -> str:
    begin, end = _ends(start, turn)
    large = int(end - begin > math.pi)
    first, last = _at(middle, radius, begin), _at(middle, radius, end)
    return f"M{first}A{_n(radius)} {_n(radius)} 0 {large} 1 {last}"


def _ends(start: float, turn: float) -> tuple[float, float]:
    """Return where a part begins and ends.

    A whole ring is left open by a hair, or its arc would have no length.
    """
    gap = min(GAP, turn / 3)
    return start + gap / 2, start + min(turn, WHOLE - 0.001) - gap / 2


def _at(middle: float, radius: float, angle: float) -> str:
    return f"{_n(middle + radius * math.sin(angle))} {_n(middle - radius * math.cos(angle))}"


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
