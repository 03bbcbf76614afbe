"""Measures of a VPC's picture, and what was drawn so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from posture.drawing import text

WIDTH = 1118.0
LABELS, RIM, RIM_END, OUTSIDE = 120.0, 136.0, 900.0, 942.0
BEAM, GATEWAY = 26.0, 98.0
LINK_ROWS = (GATEWAY, 146.0, 192.0, 238.0)
LINK_NAMES = ("Internet gateway", "Route table", "Network ACL", "Security group")
BUS, BUS_STEP = 260.0, 6.0
ZONES_WITH_LANES, ZONES_WITH_GATEWAY, ZONES_ALONE = 282.0, 128.0, 104.0
RIM_ALONE = 78.0
ZONE_GAP, ZONE_GAP_NARROW, NARROW_FROM = 12.0, 8.0, 4
PAD, PAD_NARROW, NARROW = 8.0, 6.0, 150.0
"""The space inside a zone and inside a subnet, and the width below which a zone is narrow."""
ZONES_MAX, LANES_MAX, STACK_MAX, LINES_MAX = 6, 4, 3, 3
CHIP, CHIP_PITCH, CHIP_PAD, CHIP_GAP = 24.0, 30.0, 8.0, 6.0
LANE_PITCH = 176.0
LANE_END = 200.0
ROW_GAP, ROW_MIN = 10.0, 66.0
LABEL_ROOM, OUTSIDE_ROOM = 120.0, WIDTH - OUTSIDE
LINE = 15.0


@dataclass(slots=True)
class PlacedSubnet:
    """Where a chip was drawn.

    `is_top` where a line from above reaches it without crossing anything.
    """

    x: float
    y: float
    zone_x: float
    is_top: bool


@dataclass(slots=True)
class VpcCanvas:
    """What was drawn so far; lines go below boxes and text."""

    lines: list[SafeString] = field(default_factory=list)
    boxes: list[SafeString] = field(default_factory=list)
    over: list[SafeString] = field(default_factory=list)
    chips: dict[str, PlacedSubnet] = field(default_factory=dict)
    rows: dict[str, float] = field(default_factory=dict)


def fit_lines(words: str, room: float, most: int) -> Sequence[str]:
    """Return words in a few lines; what does not fit is cut at the end of the last."""
    for number in range(1, most + 1):
        if found := text.wrap(words, room, number, 12):
            return found
    lines: list[str] = []
    rest = words
    while rest and len(lines) < most - 1:
        taken = _first_line(rest, room)
        if not taken:
            break
        lines.append(taken.rstrip())
        rest = rest[len(taken) :]
    last = text.cut(rest.strip(), room, 12)
    return [*lines, last] if last else lines


def _first_line(words: str, room: float) -> str:
    taken = ""
    for part in words.split(" "):
        longer = f"{taken}{part} "
        if text.width(longer.rstrip(), 12) > room:
            break
        taken = longer
    return taken[: len(words)]
