"""Draw a VPC in the row of a table.

Its subnets by exposure under the internet, and what reaches in.

The row's words say the same, so that it is hidden from those who listen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg

WIDTH, HEIGHT = 112.0, 36.0
BEAM, RIM, FOOT = 2.0, 13.0, 35.0
GAP = 2.0
SUBNETS_MAX = 16
"""Cells that are drawn; of more subnets each kind takes its share."""
LINES_MAX = 3
LINE_PITCH = 9.0


@dataclass(frozen=True, slots=True)
class SmallVpc:
    """Subnets by exposure, and the interfaces that the internet may reach."""

    subnets: Sequence[tuple[str, int]]
    reached: int = 0
    perhaps: int = 0
    is_unread: bool = False
    """Whether not even the subnets could be listed."""


def draw(vpc: SmallVpc) -> SafeString:
    """Return the picture."""
    inner = WIDTH - 2 * GAP
    cells = [svg.hatch(GAP, RIM + GAP, inner, FOOT - RIM - 2 * GAP)] if vpc.is_unread else _cells(vpc.subnets, inner)
    return svg.element(
        "svg",
        svg.line(0, BEAM, WIDTH, BEAM, "pl-vpc-beam" if vpc.reached or vpc.perhaps else "pl-vpc-line-refused"),
        svg.rect(0.5, RIM + 0.5, WIDTH - 1, FOOT - RIM - 1, "pl-vpc-rim", rx=2),
        *cells,
        *_lines(vpc),
        class_="pl-drawing pl-vpc-row",
        aria_hidden="true",
        width=WIDTH,
        height=HEIGHT,
        viewBox=f"0 0 {svg.number(WIDTH)} {svg.number(HEIGHT)}",
    )


def _cells(subnets: Sequence[tuple[str, int]], inner: float) -> Iterator[SafeString]:
    total = sum(number for _, number in subnets)
    unit = inner / max(total, 1)
    x = GAP
    for kind, number in subnets:
        parts = number if total <= SUBNETS_MAX else 1
        wide = unit * number / max(parts, 1)
        for _ in range(parts if number else 0):
            box = (x + 0.5, RIM + GAP + 0.5, max(1.0, wide - 1), FOOT - RIM - 2 * GAP - 1)
            yield svg.rect(*box, f"pl-vpc-subnet pl-vpc-band-{kind}")
            if kind == "unknown":
                yield svg.hatch(*box)
            x += wide


def _lines(vpc: SmallVpc) -> Iterator[SafeString]:
    """Yield a plumb line for each reachable interface, hatched if uncertain."""
    lines = [True] * min(vpc.reached, LINES_MAX) + [False] * min(vpc.perhaps, 1)
    for number, is_certain in enumerate(lines):
        x, end = 10 + number * LINE_PITCH, RIM + 8
        if is_certain:
            yield svg.line(x, BEAM, x, end - 4, "pl-vpc-line-open")
            yield svg.path(_bob(x, end), "pl-vpc-bob")
        else:
            yield svg.line(x, BEAM, x, end - 4, "pl-vpc-line-maybe")
            yield svg.path(_bob(x, end), "pl-vpc-bob-unknown")
            yield svg.path(_bob(x, end), fill=svg.HATCH)


def _bob(x: float, end: float) -> str:
    return f"M{svg.number(x - 3.5)} {svg.number(end - 5)}h7l-3.5 9Z"
