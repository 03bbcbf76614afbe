"""Draw the links to the outside, the local gateway's routes, and the site."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import svg
from posture.drawing.rack.layout import LINKS, ROW, WIDTH, RackCanvas
from posture.drawing.rack.model import Links, LinkState, RackDrawing, RackLine, Route

ROUTES_MAX = 6
LINE_PITCH, DEVICE, TARGET, TARGET_MIN = 44.0, 66.0, 96.0, 40.0


def draw_outside(canvas: RackCanvas, rack: RackDrawing) -> float:
    """Draw the right column; return where it ends."""
    room = WIDTH - LINKS
    canvas.words(LINKS, 18, "Links to the outside", room, "pl-rack-title")
    y = 52.0
    for links in rack.links:
        y = _links(canvas, links, y)
    if rack.routes:
        y = _routes(canvas, rack.routes, y)
    if rack.site:
        canvas.words(LINKS, y + 14, "Where it is", room, "pl-rack-head")
        for number, line in enumerate(rack.site):
            canvas.words(LINKS, y + 32 + number * 16, line, room, "pl-axis")
        y += 40 + 16 * len(rack.site)
    return y


def _links(canvas: RackCanvas, links: Links, y: float) -> float:
    room = WIDTH - LINKS
    canvas.words(LINKS, y + 14, links.title, room, "pl-rack-head")
    canvas.words(LINKS, y + 31, links.detail, room, "pl-axis")
    y += 46
    if not links.lines:
        if links.is_unread:
            canvas.parts.append(svg.hatch(LINKS, y, room, 10, "pl-rack-unread"))
            y += 14
        canvas.words(LINKS, y + 12, links.none, room, "pl-axis")
        return y + 34
    tall = max(TARGET_MIN, len(links.lines) * LINE_PITCH - 14)
    canvas.parts.append(svg.rect(WIDTH - TARGET, y - 4, TARGET, tall, "pl-rack-target", rx=2))
    middle = y - 4 + tall / 2
    canvas.words(WIDTH - TARGET / 2, middle - 2, links.target, TARGET - 10, "pl-rack-head", "middle")
    canvas.words(WIDTH - TARGET / 2, middle + 13, links.target_detail, TARGET - 10, "pl-rack-kind", "middle")
    for number, line in enumerate(links.lines):
        _line(canvas, line, y + 8 + number * LINE_PITCH)
    return y + len(links.lines) * LINE_PITCH + 12


def _line(canvas: RackCanvas, line: RackLine, y: float) -> None:
    """Draw a device and its link, with words under it.

    The state is never in the look alone.
    """
    start, end = LINKS + DEVICE, WIDTH - TARGET
    canvas.parts.append(svg.rect(LINKS, y - 10, DEVICE, 20, "pl-rack-asset", rx=2))
    canvas.words(LINKS + DEVICE / 2, y + 4, line.device, DEVICE - 8, "pl-rack-kind", "middle")
    middle = (start + end) / 2
    if line.state is LinkState.UNKNOWN:
        canvas.parts.append(svg.hatch(start, y - 4, end - start, 8, "pl-rack-unread"))
    elif line.state is LinkState.UP:
        canvas.parts.append(svg.line(start, y, end, y, "pl-rack-up"))
    else:
        canvas.parts.append(svg.line(start, y, middle - 10, y, "pl-rack-down"))
        canvas.parts.append(svg.line(middle + 10, y, end, y, "pl-rack-down"))
        cross = f"M{svg.number(middle - 5)} {svg.number(y - 5)}l10 10m0 -10l-10 10"
        canvas.parts.append(svg.path(cross, "pl-rack-down"))
    style = "pl-rack-wrong" if line.state is LinkState.DOWN else "pl-axis"
    canvas.words(middle, y + 20, line.words, end - start - 8, style, "middle")


def _routes(canvas: RackCanvas, routes: Sequence[Route], y: float) -> float:
    canvas.words(LINKS, y + 14, "Routes at the local gateway", WIDTH - LINKS, "pl-rack-head")
    y += 22
    for route in routes[:ROUTES_MAX]:
        canvas.words(LINKS, y + 14, route.to, 140, "pl-rack-id")
        canvas.words(
            LINKS + 150, y + 14, route.by, WIDTH - LINKS - 150, "pl-rack-wrong" if route.is_wrong else "pl-axis"
        )
        y += ROW
    if len(routes) > ROUTES_MAX:
        canvas.words(LINKS, y + 14, f"and {len(routes) - ROUTES_MAX} more", 300, "pl-axis")
        y += ROW
    return y + 16
