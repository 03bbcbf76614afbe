"""Draw opened findings left of a line, and resolved ones right of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg

HEIGHT, BAR = 22.0, 12.0
FIGURE = 46.0
"""Pixels of a figure at the end of a bar."""
UNIT_MAX, LONGEST = 4.2, 100.0
"""Pixels of one finding at most, and of the longest bar."""
LEVELS = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """The largest figures of all rows."""

    opened: int
    resolved: int

    @property
    def unit(self) -> float:
        """Pixels of one finding."""
        return min(UNIT_MAX, LONGEST / max(self.opened, self.resolved, 1))

    @property
    def middle(self) -> float:
        """Where the line is."""
        return FIGURE + max(self.opened * self.unit, 8.0)

    @property
    def width(self) -> float:
        """The width of each row."""
        return self.middle + self.resolved * self.unit + FIGURE


def draw(opened: int, resolved: int, scale: Scale) -> SafeString:
    """Return one row."""
    return svg.picture(
        scale.width,
        HEIGHT,
        f"{opened:,} opened, {resolved:,} resolved",
        *_side(opened, scale.middle, -scale.unit, "worse"),
        *_side(resolved, scale.middle, scale.unit, "better"),
        svg.line(scale.middle, 0, scale.middle, HEIGHT, "pl-drift-base"),
        class_="pl-balance",
    )


def head(scale: Scale) -> SafeString:
    """Return the words above the rows."""
    return svg.picture(
        max(scale.width, scale.middle + 60),
        HEIGHT,
        "opened and resolved",
        svg.text(scale.middle - 6, 16, "opened", "pl-axis", "end"),
        svg.text(scale.middle + 6, 16, "resolved", "pl-axis"),
        class_="pl-balance",
    )


def _side(count: int, middle: float, unit: float, tone: str) -> Iterator[SafeString]:
    if not count:
        return
    long, top = max(abs(unit) * count, 2.0), (HEIGHT - BAR) / 2
    is_left = unit < 0
    yield svg.rect(middle - long if is_left else middle, top, long, BAR, f"pl-fill-{tone}")
    x = middle - long - 6 if is_left else middle + long + 6
    yield svg.text(x, top + 10, f"{count:,}", f"pl-drift-change pl-drift-{tone}", "end" if is_left else "")


def level(severity: int, name: str, *, is_unseen: bool = False) -> SafeString:
    """Return a severity as one to four bars.

    Hatched where the most severe change is that something is not seen.
    """
    if is_unseen and not severity:
        parts = [svg.rect(0.5, 0.5, 8, 17, "pl-bars-outline"), svg.hatch(0, 0, 9, 18)]
        return svg.picture(9, 18, "Not seen", *parts, class_="pl-balance")
    bars = [
        svg.rect(0, (LEVELS - 1 - number) * 5, 9, 3, f"pl-fill-{name}" if number < severity else "pl-balance-empty")
        for number in range(LEVELS)
    ]
    return svg.picture(
        9, 18, f"{name} at most" if severity else "Nothing opened", *(bars if severity else []), class_="pl-balance"
    )
