"""Write what a lane is, and why each link lets or stops it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.drawing.vpc.hanging import HungLane
from posture.drawing.vpc.layout import BEAM, LINK_ROWS, VpcCanvas
from posture.drawing.vpc.model import ChainLink, LineState, LinkVerdict

STATE_WORDS = {LineState.OPEN: "open", LineState.UNKNOWN: "unknown", LineState.REFUSED: "refused"}


def draw_lane_words(canvas: VpcCanvas, hung: HungLane) -> None:
    """Draw what a way is: its ports, its state and its target."""
    lane, x = hung.lane, hung.x + 18
    state = STATE_WORDS[lane.state]
    ports = text.cut(lane.ports, hung.room - text.width(state, 12) - 8, 13, text.MEDIUM)
    first = svg.text(x, BEAM + 23, ports, "pl-vpc-ports")
    second = svg.text(
        x + text.width(ports, 13, text.MEDIUM) + 8, BEAM + 23, state, f"pl-vpc-state pl-vpc-state-{lane.state}"
    )
    third = svg.text(x, BEAM + 40, text.cut(f"to {lane.target}", hung.room, 12), "pl-vpc-label")
    target = svg.rect(hung.x - 8, BEAM - 8, hung.room + 26, 54, "pl-vpc-hit")
    title = f"{lane.ports} to {lane.target}: {state}"
    canvas.over.append(svg.link(lane.url, title, target, first, second, third))


def draw_link_words(canvas: VpcCanvas, hung: Sequence[HungLane]) -> None:
    """Draw why each link lets or stops a way.

    Neighbours with the same link share the words of the first.
    """
    for number, y in enumerate(LINK_ROWS):
        before: ChainLink | None = None
        for one in hung:
            link = one.lane.links[number] if number < len(one.lane.links) else None
            if link and link != before:
                canvas.over += _words_at(link, one, y, is_gateway=number == 0)
            before = link


def _words_at(link: ChainLink, hung: HungLane, y: float, *, is_gateway: bool) -> Iterator[SafeString]:
    x, decides = hung.x + 18, link.verdict is not LinkVerdict.PASSES
    style, weight = ("pl-vpc-strong", text.MEDIUM) if decides else ("pl-vpc-label", text.REGULAR)
    if is_gateway:
        words = text.cut(link.reason, hung.room - 8, 12, weight) if link.reason else ""
        ids = text.cut(link.id, hung.room - 8, 11, text.MONO)
        yield svg.text(x, y + 4, words or ids, style if words else "pl-vpc-id")
        return
    title = svg.element("title", f"{link.reason} {link.id}".strip())
    parts = [svg.text(x, y - 6, text.cut(link.reason, hung.room, 12, weight), style)]
    if link.id:
        parts.append(svg.text(x, y + 15, text.cut(link.id, hung.room, 11, text.MONO), "pl-vpc-id"))
    yield svg.element("g", title, *parts)
