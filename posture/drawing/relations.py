"""Draw what a resource is in, what is in it, and what it is tied to.

Frames in frames, and lines to the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 722.0, 322.0
FRAMES, SIDE = 430.0, 232.0
"""Pixels of the frames at the left, and of the boxes at the right."""
INSET, HEAD, BOX, GAP, CHIP = 12.0, 26.0, 40.0, 8.0, 24.0
SIDE_HEAD = 20.0
SELF = 48.0


@dataclass(frozen=True, slots=True)
class RelationNode:
    """A resource, or several of one kind; `is_missing` where nothing of it is known."""

    kind: str
    name: str
    url: str = ""
    is_missing: bool = False
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class Relations:
    """A resource's relations: `around` from the outermost frame, `inside` as chips."""

    own: RelationNode
    around: Sequence[RelationNode]
    inside: Sequence[RelationNode]
    to: Sequence[RelationNode]
    """What it points to."""
    from_: Sequence[RelationNode]
    """What points to it."""
    more_to: int = 0
    more_from: int = 0


def draw(found: Relations, label: str) -> SafeString:
    """Return the picture for a wide page."""
    has_side = bool(found.to or found.from_)
    width = FRAMES if has_side else WIDE
    tall = _frames_height(found, width)
    side = _side_height(found)
    height = max(tall, side)
    frames, own = _frames(found, width, height)
    parts = [*frames]
    if has_side:
        parts += _side(found, own, (height - side) / 2)
    return svg.picture(WIDE, height + 1, label, *parts, class_="pl-relations")


def draw_narrow(found: Relations, label: str) -> SafeString:
    """Return the picture for a phone: the frames, and the others below them."""
    tall = _frames_height(found, NARROW)
    frames, own = _frames(found, NARROW, tall)
    parts, y = [*frames], tall + 4
    x = own.x + own.width / 2
    for words, nodes, more, is_out in _groups(found):
        parts.append(svg.text(0, y + 16, words, "pl-axis"))
        y += SIDE_HEAD + 4
        if is_out:
            parts.insert(0, svg.line(x, own.y + own.height, x, y, "pl-relations-line"))
        for node in nodes:
            parts.append(_box(node, 0, y, NARROW))
            y += BOX + GAP
        if more:
            parts.append(svg.text(0, y + 10, f"and {more:,} more", "pl-axis"))
            y += 18
    return svg.picture(NARROW, y + 1, label, *parts, class_="pl-relations")


@dataclass(frozen=True, slots=True)
class _Own:
    x: float
    y: float
    width: float
    height: float


def _frames_height(found: Relations, width: float) -> float:
    around = len(found.around)
    return around * (HEAD + INSET) + _own_height(found, width - 2 * INSET * around)


def _own_height(found: Relations, width: float) -> float:
    rows = len(list(_chip_rows(found.inside, width - 2 * INSET)))
    return SELF + rows * (CHIP + 6) + (6 if rows else 0)


def _frames(found: Relations, width: float, height: float) -> tuple[list[SafeString], _Own]:
    parts = []
    x, y, wide, tall = 0.0, 0.0, width, height
    for node in found.around:
        look = "pl-relations-frame" if not node.is_missing else "pl-relations-missing"
        words = f"{node.kind} {node.name}".strip()
        name = text.cut(node.name, wide - 2 * INSET - text.width(node.kind, 12) - 8, 12, text.MEDIUM)
        label = [
            svg.text(x + INSET, y + 17, node.kind, "pl-relations-kind"),
            svg.text(x + INSET + text.width(node.kind, 12) + 6, y + 17, name, "pl-relations-frame-name"),
        ]
        parts.append(svg.rect(x + 0.5, y + 0.5, wide - 1, tall - 1, look, rx=3))
        if node.is_unseen:
            parts.append(svg.hatch(x + 1, y + 1, 5, tall - 2))
        parts.append(svg.link(node.url, f"In {words}", *label, class_="pl-relations-link"))
        x, y, wide, tall = x + INSET, y + HEAD, wide - 2 * INSET, tall - HEAD - INSET
    own = _Own(x, y, wide, min(tall, _own_height(found, wide)))
    own = _Own(own.x, y + (tall - own.height) / 2, own.width, own.height)
    parts.append(svg.rect(own.x + 0.5, own.y + 0.5, own.width - 1, own.height - 1, "pl-relations-own", rx=3))
    room = own.width - 2 * INSET
    parts.append(svg.text(own.x + INSET, own.y + 20, text.cut(found.own.kind, room, 12), "pl-relations-kind"))
    parts.append(
        svg.text(own.x + INSET, own.y + 37, text.cut(found.own.name, room, 13, text.MEDIUM), "pl-relations-name")
    )
    parts += _chips(found.inside, own)
    return parts, own


def _chips(inside: Sequence[RelationNode], own: _Own) -> Iterator[SafeString]:
    y = own.y + SELF
    for row in _chip_rows(inside, own.width - 2 * INSET):
        x = own.x + INSET
        for node, words, long in row:
            shapes = [svg.rect(x + 0.5, y + 0.5, long - 1, CHIP - 1, "pl-relations-chip", rx=3)]
            if node.is_unseen:
                shapes.append(svg.hatch(x + long - 8, y + 1, 7, CHIP - 2))
            shapes.append(svg.text(x + 8, y + 16, words, "pl-relations-chip-name"))
            yield svg.link(node.url, f"In it: {node.name} {node.kind}".strip(), *shapes, class_="pl-relations-link")
            x += long + 6
        y += CHIP + 6


def _chip_rows(inside: Sequence[RelationNode], room: float) -> Iterator[list[tuple[RelationNode, str, float]]]:
    row: list[tuple[RelationNode, str, float]] = []
    used = 0.0
    for node in inside:
        words = text.cut(node.name, room - 20, 12)
        long = text.width(words, 12) + 18
        if row and used + long > room:
            yield row
            row, used = [], 0.0
        row.append((node, words, long))
        used += long + 6
    if row:
        yield row


def _groups(found: Relations) -> Iterator[tuple[str, Sequence[RelationNode], int, bool]]:
    if found.to:
        yield "It points to", found.to, found.more_to, True
    if found.from_:
        yield "Points to it", found.from_, found.more_from, False


def _side_height(found: Relations) -> float:
    return sum(SIDE_HEAD + len(nodes) * (BOX + GAP) + (18 if more else 0) + GAP for _, nodes, more, _ in _groups(found))


def _side(found: Relations, own: _Own, y: float) -> Iterator[SafeString]:
    x = WIDE - SIDE
    middle = own.y + own.height / 2
    for words, nodes, more, is_out in _groups(found):
        yield svg.text(x, y + 12, words, "pl-axis")
        y += SIDE_HEAD
        for node in nodes:
            end = y + BOX / 2
            yield _line(own.x + own.width, middle, x, end, is_out=is_out, is_missing=node.is_missing)
            yield _box(node, x, y, SIDE)
            y += BOX + GAP
        if more:
            yield svg.text(x, y + 10, f"and {more:,} more", "pl-axis")
            y += 18
        y += GAP


def _line(x1: float, y1: float, x2: float, y2: float, *, is_out: bool, is_missing: bool) -> SafeString:
    n = svg.number
    middle = FRAMES + (x2 - FRAMES) / 2
    look = "pl-relations-line-missing" if is_missing else "pl-relations-line"
    curve = svg.path(
        f"M{n(x1)} {n(y1)}L{n(FRAMES)} {n(y1)}C{n(middle)} {n(y1)} {n(middle)} {n(y2)} {n(x2)} {n(y2)}", look
    )
    tip = f"M{n(x2 - 6)} {n(y2 - 4)}L{n(x2)} {n(y2)}L{n(x2 - 6)} {n(y2 + 4)}Z"
    if not is_out:
        tip = f"M{n(x1 + 6)} {n(y1 - 4)}L{n(x1)} {n(y1)}L{n(x1 + 6)} {n(y1 + 4)}Z"
    return svg.join([curve, svg.path(tip, "pl-relations-tip")])


def _box(node: RelationNode, x: float, y: float, wide: float) -> SafeString:
    look = "pl-relations-missing" if node.is_missing else "pl-relations-box"
    shapes = [svg.rect(x + 0.5, y + 0.5, wide - 1, BOX - 1, look, rx=3)]
    if node.is_unseen:
        shapes.append(svg.hatch(x + wide - 9, y + 1, 8, BOX - 2))
    room = wide - 24
    shapes.append(svg.text(x + INSET, y + 17, text.cut(node.kind, room, 12), "pl-relations-kind"))
    shapes.append(svg.text(x + INSET, y + 32, text.cut(node.name, room, 13), "pl-relations-name"))
    words = f"{node.kind} {node.name}{', not known here' if node.is_missing else ''}"
    return svg.link(node.url, words, *shapes, class_="pl-relations-link")
