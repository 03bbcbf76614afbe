"""The plumb line: where the posture hangs against the true vertical.

Built into every template.
"""

from __future__ import annotations

import math
from typing import Any

from django import template

from posture.core.score import Band

register = template.Library()

PIVOT_X, PIVOT_Y = 36.0, 18.0
LENGTH = 236.0
SECTOR_MIN = 0.5
"""Points of score below which the unseen would show as nothing."""
ANGLE_MAX = 44.0
"""Degrees from the vertical at which a score of 0 hangs; 100 hangs true."""


@register.inclusion_tag("web/plumb.html")
def plumb(band: Band | None, before: Band | None = None) -> dict[str, Any]:
    """Draw a score band as a plumb line.

    The bob at the lower end, the unseen hatched up to the upper.

    `before` draws where the line hung at the time of comparison. Without a band there is no bob.
    """
    low, high = (band.low, band.high) if band else (0.0, 0.0)
    return {
        "has_score": band is not None,
        "line": _point(low),
        "angle": f"{-angle(low):.2f}",
        "sector": _sector(low, high) if high - low >= SECTOR_MIN else "",
        "before": _point(before.low) if before else None,
        "arc": _arc(0.0, 100.0, LENGTH + 22),
        "ticks": [_tick(score) for score in range(0, 101, 5)],
        "pivot": {"x": PIVOT_X, "y": PIVOT_Y},
        "true": {"x": PIVOT_X, "y": PIVOT_Y + LENGTH + 34},
    }


def angle(score: float) -> float:
    """Return the degrees from the vertical at which a score hangs."""
    return ANGLE_MAX * (100.0 - min(max(score, 0.0), 100.0)) / 100.0


def _at(score: float, radius: float) -> tuple[float, float]:
    turn = math.radians(angle(score))
    return PIVOT_X + radius * math.sin(turn), PIVOT_Y + radius * math.cos(turn)


def _point(score: float, radius: float = LENGTH) -> dict[str, str]:
    x, y = _at(score, radius)
    return {"x": f"{x:.1f}", "y": f"{y:.1f}"}


def _arc(low: float, high: float, radius: float) -> str:
    (x1, y1), (x2, y2) = _at(low, radius), _at(high, radius)
    return f"M{x1:.1f} {y1:.1f}A{radius} {radius} 0 0 1 {x2:.1f} {y2:.1f}"


def _sector(low: float, high: float) -> str:
    return f"{_arc(low, high, LENGTH + 22)}L{PIVOT_X} {PIVOT_Y}Z"


def _tick(score: int) -> dict[str, str]:
    is_long = score % 25 == 0
    inner, outer = _at(score, LENGTH + 22), _at(score, LENGTH + (32 if is_long else 27))
    label = _at(score, LENGTH + 43)
    return {
        "x1": f"{inner[0]:.1f}",
        "y1": f"{inner[1]:.1f}",
        "x2": f"{outer[0]:.1f}",
        "y2": f"{outer[1]:.1f}",
        "label": str(score) if is_long else "",
        "x": f"{label[0]:.1f}",
        "y": f"{label[1] + 4:.1f}",
    }
