"""Draw the ways from the internet into a VPC as plumb lines through their links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.safestring import SafeString

from posture.drawing import svg
from posture.drawing.vpc.hanging import HungLane, hang_lanes
from posture.drawing.vpc.lane_labels import draw_lane_words, draw_link_words
from posture.drawing.vpc.layout import (
    BEAM,
    BUS,
    CHIP,
    GATEWAY,
    LABELS,
    LANES_MAX,
    LINK_NAMES,
    LINK_ROWS,
    RIM,
    RIM_END,
    PlacedSubnet,
    VpcCanvas,
)
from posture.drawing.vpc.model import ChainLink, LineState, LinkVerdict, Vpc


def draw_lanes(canvas: VpcCanvas, vpc: Vpc) -> None:
    """Draw the links as rows, and each lane through them down to what it reaches."""
    if not vpc.lanes:
        return
    for y, name in zip(LINK_ROWS, LINK_NAMES, strict=True):
        if y != GATEWAY:
            canvas.boxes.append(svg.line(RIM + 1, y, RIM_END - 1, y, "pl-grid"))
        canvas.boxes.append(svg.text(LABELS, y + 4, name, "pl-vpc-label", "end"))
    hung = hang_lanes(canvas, vpc.lanes[:LANES_MAX])
    for one in hung:
        _draw_lane(canvas, one, [other for other in hung if other is not one])
    draw_link_words(canvas, hung)


def _draw_lane(canvas: VpcCanvas, hung: HungLane, others: Sequence[HungLane]) -> None:
    """Draw a plumb line down to the deciding link, then to what it would reach."""
    lane, x = hung.lane, hung.x
    kind = lane.state.value
    decides = next(
        (number for number, link in enumerate(lane.links) if link.verdict is not LinkVerdict.PASSES), len(lane.links)
    )
    is_open = decides == len(lane.links)
    end = BUS if is_open else LINK_ROWS[decides]
    canvas.lines.append(svg.line(x, BEAM, x, hung.bus if is_open else end, f"pl-vpc-line-{kind}"))
    canvas.over.append(svg.element("circle", cx=x, cy=BEAM, r=4, class_="pl-vpc-node"))
    if lane.state is LineState.OPEN:
        canvas.lines += _below(hung, others, "pl-vpc-line-open")
    elif lane.state is LineState.UNKNOWN:
        if end < BUS:
            canvas.lines += _ribbon(x, end, hung.bus)
        canvas.lines += _below(hung, others, "pl-vpc-line-maybe")
    else:
        canvas.lines.append(svg.line(x, end, x, hung.bus, "pl-vpc-line-closed"))
        canvas.lines += _below(hung, others, "pl-vpc-line-closed")
    for number, link in enumerate(lane.links):
        canvas.over.append(_mark(link, x, LINK_ROWS[number]))
    if lane.state is not LineState.REFUSED:
        canvas.over += [_bob(target, one, lane.state) for target, one in zip(hung.targets, hung.ends, strict=True)]
    draw_lane_words(canvas, hung)


def _ribbon(x: float, top: float, bottom: float) -> Iterator[SafeString]:
    yield svg.rect(x - 4, top, 8, bottom - top, "pl-vpc-ribbon")
    yield svg.hatch(x - 4, top, 8, bottom - top)


def _below(hung: HungLane, others: Sequence[HungLane], kind: str) -> Iterator[SafeString]:
    """Yield the bus of a lane and the lines from it to its targets.

    The bus is cut where others pass.
    """
    if not hung.targets:
        return
    ends = hung.ends
    left, right = min([hung.x, *ends]), max([hung.x, *ends])
    if right - left > 1:
        crossing = [other.x for other in others if other.bus > hung.bus or other.x in other.ends]
        crossing += [end for other in others if other.bus < hung.bus for end in other.ends]
        cuts = sorted(x for x in crossing if left + 6 < x < right - 6)
        starts, stops = [left, *(cut + 6 for cut in cuts)], [*(cut - 6 for cut in cuts), right]
        for start, stop in zip(starts, stops, strict=True):
            yield svg.line(start, hung.bus, stop, hung.bus, kind)
    for end, target in zip(ends, hung.targets, strict=True):
        yield svg.path(_drop(end, target, hung.bus), kind)


def _drop(x: float, target: PlacedSubnet, bus: float) -> str:
    """Return the line from the bus to a chip.

    From above, or along the zone's edge and in from the left.
    """
    if target.is_top:
        return f"M{svg.number(x)} {svg.number(bus)}V{svg.number(target.y - 9)}"
    middle = target.y + CHIP / 2
    return f"M{svg.number(x)} {svg.number(bus)}V{svg.number(middle)}H{svg.number(target.x - 7)}"


def _bob(target: PlacedSubnet, x: float, state: LineState) -> SafeString:
    """Return the bob at a chip; hollow where it may be reached."""
    kind = "pl-vpc-bob" if state is LineState.OPEN else "pl-vpc-bob-unknown"
    if target.is_top:
        tip = target.y - 1
        return svg.path(f"M{svg.number(x - 5)} {svg.number(tip - 12)}h10l-2 6l-3 6l-3 -6Z", kind)
    middle = target.y + CHIP / 2
    return svg.path(f"M{svg.number(target.x - 10)} {svg.number(middle - 4)}v8l5 -1.5l4 -2.5l-4 -2.5Z", kind)


def _mark(link: ChainLink, x: float, y: float) -> SafeString:
    """Return a link's mark: a diamond, a plug where it stops, hatched if unread."""
    if link.verdict is LinkVerdict.STOPS:
        d = f"M{svg.number(x - 10)} {svg.number(y)}h20v4h-5l-2 6h-6l-2 -6h-5Z"
        return svg.path(d, "pl-vpc-plug")
    size = 8 if link.verdict is LinkVerdict.UNREAD else 5
    d = f"M{svg.number(x)} {svg.number(y - size)}l{size} {size}l-{size} {size}l-{size} -{size}Z"
    if link.verdict is LinkVerdict.PASSES:
        return svg.path(d, "pl-vpc-diamond")
    return svg.join((svg.path(d, "pl-vpc-unread"), svg.path(d, fill=svg.HATCH)))
