"""Draw an Outpost: what runs in its rack, free capacity, and network links.

A taken slot is filled, a free one outlined. A link that is up is a line, one that is down is broken with a cross;
what is not reported is hatched.
"""

from __future__ import annotations

from django.utils.safestring import SafeString

from posture.drawing import svg
from posture.drawing.rack.capacity import draw_capacity
from posture.drawing.rack.hardware import draw_hardware
from posture.drawing.rack.layout import RULE, UNITS, WIDTH, RackCanvas
from posture.drawing.rack.model import (
    Account,
    Asset,
    CapacityFamily,
    Links,
    LinkState,
    RackDrawing,
    RackLine,
    Route,
    Volumes,
)
from posture.drawing.rack.outside import draw_outside

__all__ = [
    "UNITS",
    "Account",
    "Asset",
    "CapacityFamily",
    "LinkState",
    "Links",
    "RackDrawing",
    "RackLine",
    "Route",
    "Volumes",
    "draw",
]


def draw(rack: RackDrawing, label: str) -> SafeString:
    """Return the picture, named `label` for screen readers."""
    canvas = RackCanvas()
    low = draw_hardware(canvas, rack)
    middle = draw_capacity(canvas, rack)
    right = draw_outside(canvas, rack)
    height = max(low, middle, right) + 16
    canvas.parts.append(svg.line(RULE, 8, RULE, height - 8, "pl-grid"))
    return svg.picture(WIDTH, height, label, *canvas.parts, class_="pl-rack")
