"""Boxes with two lines, and the arrows between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.safestring import SafeString

from posture.drawing import svg, text

HEIGHT, INSET = 42.0, 11.0
DIAMOND = 6.0


class Arrow(StrEnum):
    """How a power is held."""

    HAS = "has"
    TAKES = "takes"
    """It can be taken by further steps."""
    HARMLESS = "harmless"


@dataclass(frozen=True, slots=True)
class NodeBox:
    """A thing with its name and a line about it."""

    name: str
    detail: str = ""
    url: str = ""
    is_strong: bool = False
    is_unseen: bool = False
    """Whether something of it could not be read."""


def draw_box(box: NodeBox, x: float, y: float, width: float) -> SafeString:
    """Return a box whose upper left corner is given."""
    look = "pl-cluster-box-strong" if box.is_strong else "pl-cluster-box"
    room = width - 2 * INSET
    shapes = [svg.rect(x + 0.5, y + 0.5, width - 1, HEIGHT - 1, look, rx=3)]
    if box.is_unseen:
        shapes.append(svg.hatch(x + 1, y + 1, 6, HEIGHT - 2))
    if box.detail:
        shapes.append(svg.text(x + INSET, y + 17, text.cut(box.name, room, 12.5, text.MEDIUM), "pl-cluster-name"))
        shapes.append(svg.text(x + INSET, y + 33, text.cut(box.detail, room, 11.5), "pl-cluster-detail"))
    else:
        shapes.append(svg.text(x + INSET, y + 26, text.cut(box.name, room, 12.5, text.MEDIUM), "pl-cluster-name"))
    unseen = ", not all of it could be read" if box.is_unseen else ""
    words = f"{box.name}: {box.detail}" if box.detail else box.name
    return svg.link(box.url, f"{words}{unseen}", *shapes, class_="pl-cluster-link")


def draw_arrow(kind: Arrow, x1: float, x2: float, y: float, verb: str = "") -> Iterator[SafeString]:
    """Yield a horizontal arrow; the verb that makes a step possible is on it."""
    n = svg.number
    if kind is Arrow.HARMLESS:
        yield svg.line(x1, y, x2, y, "pl-cluster-harmless")
        return
    if kind is Arrow.HAS:
        yield svg.line(x1, y, x2 - 6, y, "pl-cluster-has")
        yield svg.path(f"M{n(x2 - 9)} {n(y - 5.5)}L{n(x2)} {n(y)}L{n(x2 - 9)} {n(y + 5.5)}Z", "pl-cluster-head")
        return
    yield svg.line(x1, y - 2.5, x2 - 8, y - 2.5, "pl-cluster-takes")
    yield svg.line(x1, y + 2.5, x2 - 8, y + 2.5, "pl-cluster-takes")
    yield svg.path(f"M{n(x2 - 10)} {n(y - 6)}L{n(x2 - 0.5)} {n(y)}L{n(x2 - 10)} {n(y + 6)}Z", "pl-cluster-hollow")
    if verb:
        middle = (x1 + x2) / 2 - 4
        yield svg.path(
            f"M{n(middle - DIAMOND)} {n(y)}L{n(middle)} {n(y - DIAMOND)}L{n(middle + DIAMOND)} {n(y)}"
            f"L{n(middle)} {n(y + DIAMOND)}Z",
            "pl-cluster-diamond",
        )
        yield svg.text(middle, y + 20, verb, "pl-cluster-verb", "middle")
