"""Draw a score band in a line of a table.

Solid up to its lower end, hatched up to its upper one.
"""

from __future__ import annotations

from django.utils.safestring import SafeString

from posture.drawing import svg
from posture.drawing.treemap import band

WIDTH, HEIGHT, MOST = 120.0, 10.0, 100.0
THINNEST = 2.0
"""Pixels of hatching at least, where the ends differ."""


def draw(low: float | None, high: float | None, *, is_stale: bool = False, width: float = WIDTH) -> SafeString:
    """Return the band from 0 to 100; an empty, dashed frame without a score.

    Hatched as a whole where it is stale.

    It is decoration: the figures must be next to it.
    """
    parts = [svg.rect(0.5, 0.5, width - 1, HEIGHT - 1, "pl-scores-none" if low is None else "pl-scores-room")]
    if low is not None:
        end = width * low / MOST
        parts.append(svg.rect(0, 0, end, HEIGHT, f"pl-fill-{band(low)}"))
        unsure = width * (max(low, high or 0.0) - low) / MOST
        if is_stale:
            parts.append(svg.hatch(0, 0, end + unsure, HEIGHT))
        elif unsure >= width / 2 / MOST:
            parts.append(svg.hatch(end, 0, max(THINNEST, unsure), HEIGHT))
        parts.append(svg.line(end, 0, end, HEIGHT, "pl-scores-end"))
    return svg.element(
        "svg",
        *parts,
        class_="pl-drawing pl-scores",
        width=width,
        height=HEIGHT,
        viewBox=f"0 0 {svg.number(width)} {svg.number(HEIGHT)}",
        aria_hidden="true",
    )
