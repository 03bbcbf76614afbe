"""Draw what is outside of a VPC: the note on the internet, and its ties."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import svg, text
from posture.drawing.vpc.layout import BEAM, LINE, OUTSIDE, OUTSIDE_ROOM, RIM_END, ZONES_ALONE, VpcCanvas, fit_lines
from posture.drawing.vpc.model import Note, Outside


def draw_note(canvas: VpcCanvas, note: Note) -> float:
    """Draw the words right of the beam; return where they end."""
    title = text.cut(note.title, OUTSIDE_ROOM, 13, text.MEDIUM)
    kind = "pl-vpc-linked" if note.url else "pl-vpc-ports"
    canvas.over.append(svg.link(note.url, note.title, svg.text(OUTSIDE, BEAM + 5, title, kind)))
    y = BEAM + 5
    for words in note.lines:
        for line in fit_lines(words, OUTSIDE_ROOM, 2):
            y += LINE
            canvas.over.append(svg.text(OUTSIDE, y, line, "pl-vpc-label"))
    return y + 10


def draw_outside(canvas: VpcCanvas, outside: Sequence[Outside], free_from: float) -> float:
    """Draw what the VPC is tied to at the height of the row whose routes lead there.

    Return where it ends.
    """
    last = max(canvas.rows.values(), default=ZONES_ALONE)
    ordered = sorted(outside, key=lambda one: canvas.rows.get(one.row, last))
    y = free_from
    for one in ordered:
        y = max(y, canvas.rows.get(one.row, last) - 10)
        lines = fit_lines(one.detail, OUTSIDE_ROOM, 2)
        _tie(canvas, one, y + 8)
        title = text.cut(one.name, OUTSIDE_ROOM, 13, text.MEDIUM)
        words = [svg.text(OUTSIDE, y + 12, title, "pl-vpc-ports")]
        words += [svg.text(OUTSIDE, y + 28 + n * LINE, line, "pl-vpc-label") for n, line in enumerate(lines)]
        canvas.over.append(svg.link(one.url, f"{one.name}: {one.detail}", *words))
        y += 28 + LINE * len(lines)
    return y


def _tie(canvas: VpcCanvas, one: Outside, y: float) -> None:
    canvas.over.append(svg.rect(RIM_END - 8, y - 8, 16, 16, "pl-vpc-tie", rx=2))
    if one.is_unread:
        canvas.over.append(svg.hatch(RIM_END - 8, y - 8, 16, 16))
        canvas.over.append(svg.hatch(RIM_END + 8, y - 4, 26, 8, "pl-vpc-ribbon-edge"))
    else:
        canvas.over.append(svg.line(RIM_END + 8, y, OUTSIDE - 8, y, "pl-vpc-line-open"))
