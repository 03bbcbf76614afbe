"""Draw who holds which power in a cluster, by which binding and role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.drawing.cluster.boxes import HEIGHT, Arrow, NodeBox, draw_arrow, draw_box

WIDE, NARROW = 1118.0, 322.0
COLUMNS = ((0.0, 206.0), (262.0, 222.0), (540.0, 222.0), (846.0, 272.0))
"""Left edge and width of subjects, bindings, roles and powers."""
HEADS = ("Subject", "Binding", "Role", "Power, in effect")
HEAD, PITCH, NARROW_ROW = 34.0, 62.0, 84.0
STRIP = 28.0
LINES_MAX = 6


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A subject, what gives it a role, and how it holds the power."""

    subject: NodeBox
    binding: NodeBox
    role: NodeBox
    arrow: Arrow
    verb: str = ""


@dataclass(frozen=True, slots=True)
class PowerGroup:
    """A power, the rows that lead to it, and what it means."""

    name: str
    detail: str
    rows: Sequence[ChainRow]
    lines: Sequence[tuple[str, bool]] = ()
    """Further lines, each with whether it is a heading."""
    is_critical: bool = False


def draw(groups: Sequence[PowerGroup], label: str) -> SafeString:
    """Return the picture for a wide page."""
    parts: list[SafeString] = [
        svg.text(x, 14, words, "pl-cluster-head-words") for (x, _), words in zip(COLUMNS, HEADS, strict=True)
    ]
    y = HEAD
    for group in groups:
        tall = _height(group)
        for at, row in enumerate(group.rows):
            parts += _row(row, y + at * PITCH)
        parts += _power(group, y, tall)
        y += max(len(group.rows) * PITCH, tall + PITCH - HEIGHT)
    return svg.picture(WIDE, y - PITCH + HEIGHT + 8, label, *parts, class_="pl-cluster")


def draw_narrow(groups: Sequence[PowerGroup], label: str) -> SafeString:
    """Return the picture for a phone: each subject with its chain below."""
    parts: list[SafeString] = []
    y = 0.0
    for group in groups:
        parts.append(svg.text(0, y + 15, text.cut(group.name, NARROW, 13, text.MEDIUM), _name_look(group)))
        y += 24
        for row in group.rows:
            parts += _narrow_row(row, y)
            y += NARROW_ROW
        y += 8
    return svg.picture(NARROW, y, label, *parts, class_="pl-cluster")


def _height(group: PowerGroup) -> float:
    rows = (len(group.rows) - 1) * PITCH + HEIGHT
    lines = 22 + 17 * len(group.lines[:LINES_MAX]) if group.lines else 0
    return max(rows, HEIGHT, STRIP + lines) if group.is_critical else max(rows, HEIGHT)


def _row(row: ChainRow, y: float) -> Iterator[SafeString]:
    middle = y + HEIGHT / 2
    held = Arrow.HARMLESS if row.arrow is Arrow.HARMLESS else Arrow.HAS
    boxes = (row.subject, row.binding, row.role)
    for at, box in enumerate(boxes):
        x, width = COLUMNS[at]
        end = COLUMNS[at + 1][0]
        is_last = at == len(boxes) - 1
        kind = row.arrow if is_last else held
        yield from draw_arrow(kind, x + width, end, middle, row.verb if is_last else "")
        yield draw_box(box, x, y, width)


def _power(group: PowerGroup, y: float, tall: float) -> Iterator[SafeString]:
    x, width = COLUMNS[-1]
    look = "pl-cluster-box-strong" if any(row.arrow is not Arrow.HARMLESS for row in group.rows) else "pl-cluster-box"
    yield svg.rect(x + 0.5, y + 0.5, width - 1, tall - 1, look, rx=3)
    if not group.is_critical:
        middle = y + tall / 2
        yield svg.text(x + 11, middle - 3, text.cut(group.name, width - 22, 12.5, text.MEDIUM), "pl-cluster-name")
        yield svg.text(x + 11, middle + 13, text.cut(group.detail, width - 22, 11.5), "pl-cluster-detail")
        return
    yield svg.rect(x, y, width, STRIP, "pl-fill-critical", rx=3)
    yield svg.text(x + 11, y + 19, group.name, "pl-cluster-critical")
    yield svg.text(x + width - 11, y + 19, group.detail, "pl-cluster-critical-detail", "end")
    for at, (words, is_heading) in enumerate(group.lines[:LINES_MAX]):
        look = "pl-cluster-name" if is_heading else "pl-cluster-detail"
        yield svg.text(x + 11, y + STRIP + 22 + at * 17, text.cut(words, width - 22, 12, text.MEDIUM), look)


def _narrow_row(row: ChainRow, y: float) -> Iterator[SafeString]:
    yield draw_box(row.subject, 0, y, NARROW)
    chain = f"by {row.binding.name}, role {row.role.name}"
    yield svg.text(14, y + HEIGHT + 16, text.cut(chain, NARROW - 14, 12), "pl-cluster-detail")
    how = {Arrow.HAS: "has it", Arrow.TAKES: f"can get it: {row.verb}", Arrow.HARMLESS: "harmless"}[row.arrow]
    yield svg.text(14, y + HEIGHT + 31, text.cut(how, NARROW - 14, 12), "pl-cluster-detail")
    yield svg.line(4, y + HEIGHT, 4, y + NARROW_ROW - 8, f"pl-cluster-{row.arrow}")


def _name_look(group: PowerGroup) -> str:
    return "pl-cluster-bad" if group.is_critical else "pl-cluster-head-words"
