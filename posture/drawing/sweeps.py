"""Draw an account's last sweeps as columns.

What answered filled, what did not hatched, what did not happen empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg

WIDTH, HEIGHT, AXIS, GAP = 324.0, 56.0, 22.0, 3.0
WIDEST = 40.0


@dataclass(frozen=True, slots=True)
class SweepColumn:
    """A sweep: the share that answered, 0 to 1; None where it did not happen."""

    day: str
    answered: float | None
    title: str
    url: str = ""


def draw(sweeps: Sequence[SweepColumn], label: str) -> SafeString:
    """Return the columns, oldest first."""
    pitch = min(WIDEST, WIDTH / max(1, len(sweeps)))
    columns = [_column(one, place * pitch, pitch - GAP) for place, one in enumerate(sweeps)]
    return svg.picture(WIDTH, HEIGHT + AXIS, label, *columns, *_axis(sweeps, pitch), class_="pl-sweeps")


def _column(one: SweepColumn, x: float, wide: float) -> SafeString:
    if one.answered is None:
        return svg.link(one.url, one.title, svg.rect(x + 0.5, 0.5, wide - 1, HEIGHT - 1, "pl-bars-outline"))
    filled = HEIGHT * one.answered
    if 0 < one.answered < 1:  # what could not be seen shows, however little it is
        filled = min(filled, HEIGHT - 4)
    parts = [svg.rect(x, HEIGHT - filled, wide, filled, "pl-fill-bar")]
    if filled < HEIGHT:
        parts.append(svg.rect(x + 0.5, 0.5, wide - 1, HEIGHT - filled, "pl-bars-outline"))
        parts.append(svg.hatch(x, 0, wide, HEIGHT - filled))
    return svg.link(one.url, one.title, *parts, class_="pl-sweeps-column")


def _axis(sweeps: Sequence[SweepColumn], pitch: float) -> Iterator[SafeString]:
    if sweeps:
        yield svg.text(0, HEIGHT + 17, sweeps[0].day, "pl-axis")
    if len(sweeps) * pitch > WIDTH / 2:
        yield svg.text(len(sweeps) * pitch - GAP, HEIGHT + 17, sweeps[-1].day, "pl-axis", "end")
