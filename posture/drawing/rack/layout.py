"""Measures and fonts of an Outpost's picture, and what was drawn so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH = 1118.0
UNITS, UNIT, TOP = 42, 15.0, 66.0
FLOOR = TOP + UNITS * UNIT
RACK, RACK_END, INNER, INNER_END = 20.0, 308.0, 30.0, 298.0
ROOM, ROOM_END = 383.0, 700.0
RULE, LINKS = 737.0, 770.0
SLOT, SLOT_PITCH, SLOTS_MAX = 9.0, 11.0, 12
ROW = 21.0


@dataclass(slots=True)
class RackCanvas:
    """What was drawn so far, and where assets are: the middle of each."""

    parts: list[SafeString] = field(default_factory=list)
    middles: dict[str, float] = field(default_factory=dict)

    def words(self, x: float, y: float, words: str, room: float, style: str = "", anchor: str = "") -> None:
        """Draw a line of text cut to a width."""
        size, weight = FONTS.get(style, (13.0, text.REGULAR))
        self.parts.append(svg.text(x, y, text.cut(words, room, size, weight), style, anchor))


FONTS: Mapping[str, tuple[float, str]] = {
    "pl-rack-title": (15.0, text.MEDIUM),
    "pl-rack-head": (13.0, text.MEDIUM),
    "pl-rack-name": (12.0, text.REGULAR),
    "pl-rack-kind": (11.0, text.REGULAR),
    "pl-axis": (12.0, text.REGULAR),
    "pl-rack-wrong": (12.0, text.REGULAR),
    "pl-rack-right": (12.0, text.REGULAR),
    "pl-rack-id": (11.0, text.MONO),
}
"""Size and weight of each class of text, as in static/css/drawing.css."""


def slot_style(taken: bool) -> str:  # noqa: FBT001 - one of two looks
    """Return the class of a slot."""
    return "pl-rack-taken" if taken else "pl-rack-free"
