"""Draw a VPC: how far the internet gets into it, and which link lets or stops it.

The internet is a beam; each way in hangs from it like a plumb line through gateway, route table, network ACL and
security group. Columns are zones, rows are subnets by exposure. A bob marks what is reached, a plug the link that
stops a way, hatching a link that could not be read.
"""

from __future__ import annotations

from django.utils.safestring import SafeString

from posture.drawing import svg, text
from posture.drawing.vpc.lanes import draw_lanes
from posture.drawing.vpc.layout import (
    BEAM,
    GATEWAY,
    LABELS,
    LANES_MAX,
    LINK_NAMES,
    LINK_ROWS,
    RIM,
    RIM_ALONE,
    RIM_END,
    STACK_MAX,
    WIDTH,
    ZONES_ALONE,
    ZONES_MAX,
    ZONES_WITH_GATEWAY,
    ZONES_WITH_LANES,
    VpcCanvas,
)
from posture.drawing.vpc.model import (
    ChainLink,
    Lane,
    LineState,
    LinkVerdict,
    Note,
    Outside,
    Subnet,
    SubnetChip,
    SubnetRow,
    Vpc,
)
from posture.drawing.vpc.subnets import draw_no_zones, draw_rows
from posture.drawing.vpc.surroundings import draw_note, draw_outside

__all__ = [
    "LANES_MAX",
    "LINK_ROWS",
    "STACK_MAX",
    "WIDTH",
    "ZONES_MAX",
    "ChainLink",
    "Lane",
    "LineState",
    "LinkVerdict",
    "Note",
    "Outside",
    "Subnet",
    "SubnetChip",
    "SubnetRow",
    "Vpc",
    "draw",
]


def draw(vpc: Vpc, label: str) -> SafeString:
    """Return the picture, named `label` for screen readers."""
    canvas = VpcCanvas()
    top, rim = _tops(vpc)
    bottom = draw_rows(canvas, vpc, top) if vpc.zones else draw_no_zones(canvas, vpc, top)
    _rim(canvas, vpc, rim, bottom)
    canvas.boxes.append(svg.line(RIM, BEAM, RIM_END, BEAM, "pl-vpc-beam"))
    canvas.boxes.append(svg.text(LABELS, BEAM + 5, "The internet", "pl-vpc-name", "end"))
    if vpc.gateway:
        _gateway(canvas, vpc)
    draw_lanes(canvas, vpc)
    notes = draw_note(canvas, vpc.note) if vpc.note else 0.0
    reach = draw_outside(canvas, vpc.outside, notes)
    height = max(bottom + 22, reach + 12)
    return svg.picture(WIDTH, height, label, *canvas.boxes, *canvas.lines, *canvas.over, class_="pl-vpc")


def _tops(vpc: Vpc) -> tuple[float, float]:
    """Return where the zones and where the VPC's rim begin."""
    if vpc.lanes:
        return ZONES_WITH_LANES, GATEWAY
    return (ZONES_WITH_GATEWAY, GATEWAY) if vpc.gateway else (ZONES_ALONE, RIM_ALONE)


def _rim(canvas: VpcCanvas, vpc: Vpc, top: float, bottom: float) -> None:
    """Draw the VPC's rim with its name in a gap of the lower edge."""
    x = RIM + 16
    canvas.boxes.append(svg.rect(RIM, top, RIM_END - RIM, bottom - top, "pl-vpc-rim", rx=4))
    room = RIM_END - x - 24
    name = text.cut(f"VPC {vpc.name}", room / 2, 12, text.MEDIUM)
    wide = text.width(name, 12, text.MEDIUM)
    ids = text.cut(" · ".join(part for part in (vpc.id, vpc.range) if part), room - wide - 8, 11, text.MONO)
    total = wide + 8 + text.width(ids, 11, text.MONO)
    canvas.over.append(svg.rect(x - 6, bottom - 9, total + 12, 18, "pl-vpc-cut"))
    canvas.over.append(svg.text(x, bottom + 4, name, "pl-vpc-strong"))
    canvas.over.append(svg.text(x + wide + 8, bottom + 4, ids, "pl-vpc-id"))


def _gateway(canvas: VpcCanvas, vpc: Vpc) -> None:
    canvas.boxes.append(svg.rect(RIM + 16, GATEWAY - 11, RIM_END - RIM - 32, 22, "pl-vpc-gateway", rx=2))
    if not vpc.lanes:
        canvas.boxes.append(svg.text(RIM + 30, GATEWAY + 4, text.cut(vpc.gateway, 600, 11, text.MONO), "pl-vpc-id"))
        canvas.boxes.append(svg.text(LABELS, GATEWAY + 4, LINK_NAMES[0], "pl-vpc-label", "end"))
