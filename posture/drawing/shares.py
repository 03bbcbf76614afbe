"""Draw a share as a bar in a line of a table.

What fails at the left, what was not seen hatched at the right.
"""

from __future__ import annotations

from django.utils.safestring import SafeString

from posture.drawing import svg

WIDTH, HEIGHT, LEAST = 64.0, 8.0, 3.0
"""Pixels; one among thousands is as wide as the least."""


def draw(part: int, unseen: int, total: int, width: float = WIDTH) -> SafeString:
    """Return the bar; an empty, dashed frame where there is nothing.

    It is decoration: figures must be next to it.
    """
    parts = [svg.rect(0, 0, width, HEIGHT, "pl-fill-n2")] if total else []
    if part and total:
        parts.append(svg.rect(0, 0, max(LEAST, width * min(1.0, part / total)), HEIGHT, "pl-fill-worse"))
    if unseen and total:
        long = max(LEAST + 1, width * min(1.0, unseen / total))
        parts.append(svg.hatch(width - long, 0, long, HEIGHT))
    if not total:
        parts.append(svg.rect(0.5, 0.5, width - 1, HEIGHT - 1, "pl-shares-none"))
    return svg.element(
        "svg",
        *parts,
        class_="pl-drawing pl-shares",
        width=width,
        height=HEIGHT,
        viewBox=f"0 0 {svg.number(width)} {svg.number(HEIGHT)}",
        aria_hidden="true",
    )
