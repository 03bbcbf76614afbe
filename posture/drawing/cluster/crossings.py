"""Draw who enters a cluster from IAM, and which IAM roles its pods become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.drawing.cluster.boxes import HEIGHT, Arrow, NodeBox, draw_arrow, draw_box

WIDE, NARROW = 1118.0, 322.0
HEAD, ROW, NARROW_ROW = 46.0, 52.0, 66.0
LEFT, BAND, RIGHT = (0.0, 206.0), (392.0, 334.0), (836.0, 282.0)
"""Left edge and width of the roles that come in, the cluster, and the roles that pods become."""
CENTER = 559.0
WORDS_MAX = 146.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """A principal of IAM, the way, and who it is or was in the cluster."""

    box: NodeBox
    way: str
    """As "AmazonEKSViewPolicy", "IRSA" or "pod identity"."""
    inside: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Unseen:
    """Which directions were not read whole."""

    into: bool = False
    out: bool = False


def draw(
    name: str, into: Sequence[Crossing], out: Sequence[Crossing], label: str, unseen: Unseen = Unseen()
) -> SafeString:
    """Return the picture for a wide page."""
    rows = max(len(into), len(out), 1)
    tall = HEAD + rows * ROW + 4
    parts: list[SafeString] = [
        svg.rect(BAND[0], 20, BAND[1], tall - 20, "pl-cluster-own"),
        svg.text(0, 14, "IAM principals that enter", "pl-cluster-head-words"),
        svg.text(CENTER, 14, text.cut(name, BAND[1], 12.5, text.MEDIUM), "pl-cluster-head-words", "middle"),
        svg.text(WIDE, 14, "IAM roles that pods assume", "pl-cluster-head-words", "end"),
        svg.text(BAND[0] + 10, 37, "become", "pl-cluster-detail"),
        svg.text(BAND[0] + BAND[1] - 10, 37, "run as", "pl-cluster-detail", "end"),
        svg.line(CENTER, 44, CENTER, tall - 8, "pl-grid"),
    ]
    for at, one in enumerate(into):
        parts += _into(one, HEAD + at * ROW)
    for at, one in enumerate(out):
        parts += _out(one, HEAD + at * ROW)
    if not into:
        parts += _nobody(LEFT[0], HEAD, LEFT[1], is_unseen=unseen.into)
    if not out:
        parts += _nobody(RIGHT[0], HEAD, RIGHT[1], is_unseen=unseen.out)
    return svg.picture(WIDE, tall + 1, label, *parts, class_="pl-cluster")


def draw_narrow(
    name: str, into: Sequence[Crossing], out: Sequence[Crossing], label: str, unseen: Unseen = Unseen()
) -> SafeString:
    """Return the picture for a phone: both directions, one below the other."""
    parts: list[SafeString] = []
    y = 0.0
    for words, crossings, joined, is_unseen in (
        (f"Into {name}", into, "becomes", unseen.into),
        (f"Out of {name}", out, "for", unseen.out),
    ):
        parts.append(svg.text(0, y + 15, text.cut(words, NARROW, 13, text.MEDIUM), "pl-cluster-head-words"))
        y += 24
        for one in crossings:
            parts.append(draw_box(one.box, 0, y, NARROW))
            line = f"{joined} {one.inside}, by {one.way}"
            look = "pl-cluster-name" if one.is_strong else "pl-cluster-detail"
            parts.append(svg.text(14, y + HEIGHT + 16, text.cut(line, NARROW - 14, 12, text.MEDIUM), look))
            y += NARROW_ROW
        if not crossings:
            parts += _nobody(0, y, NARROW, is_unseen=is_unseen)
            y += HEIGHT + 6
        y += 8
    return svg.picture(NARROW, y, label, *parts, class_="pl-cluster")


def _nobody(x: float, y: float, width: float, *, is_unseen: bool) -> Iterator[SafeString]:
    """Yield what is in the place of principals where none is known."""
    if not is_unseen:
        yield svg.text(x, y + 26, "none", "pl-cluster-detail")
        return
    yield svg.rect(x + 0.5, y + 0.5, width - 1, HEIGHT - 1, "pl-cluster-box", rx=3)
    yield svg.hatch(x + 1, y + 1, 40, HEIGHT - 2)
    yield svg.text(x + 52, y + 26, "not read", "pl-cluster-detail")


def _into(one: Crossing, y: float) -> Iterator[SafeString]:
    middle = y + HEIGHT / 2
    yield draw_box(one.box, LEFT[0], y, LEFT[1])
    yield from draw_arrow(_arrow(one), LEFT[0] + LEFT[1], BAND[0], middle)
    yield svg.text(LEFT[1] + 8, middle - 6, text.cut(one.way, BAND[0] - LEFT[1] - 16, 11), "pl-cluster-way")
    yield svg.text(BAND[0] + 12, middle + 4, text.cut(one.inside, WORDS_MAX, 12, text.MEDIUM), _look(one))


def _out(one: Crossing, y: float) -> Iterator[SafeString]:
    middle = y + HEIGHT / 2
    edge = BAND[0] + BAND[1]
    yield draw_box(one.box, RIGHT[0], y, RIGHT[1])
    yield from draw_arrow(_arrow(one), edge, RIGHT[0], middle)
    yield svg.text(edge + 8, middle - 6, text.cut(one.way, RIGHT[0] - edge - 16, 11), "pl-cluster-way")
    yield svg.text(edge - 12, middle + 4, text.cut(one.inside, WORDS_MAX, 12, text.MEDIUM), _look(one), "end")


def _arrow(one: Crossing) -> Arrow:
    return Arrow.HAS if one.is_strong else Arrow.HARMLESS


def _look(one: Crossing) -> str:
    return "pl-cluster-name" if one.is_strong else "pl-cluster-detail"
