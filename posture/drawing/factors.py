"""Draw ways to sign in by their second factor.

One mark each, a bar where there are many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH = 314.0
ROW, MARK_HEIGHT = 46.0, 12.0
PITCH, PITCH_MIN = 9.4, 3.0


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A kind of sign-in: how many have no second factor, were not read, and have one."""

    name: str
    without: int
    unread: int
    total: int
    words: str
    url: str = ""


def draw(rows: Sequence[FactorRow], label: str) -> SafeString:
    """Return a line of marks for each kind."""
    parts = [part for place, row in enumerate(rows) for part in _row(row, place * ROW)]
    return svg.picture(WIDTH, max(1, len(rows)) * ROW - 8, label, *parts, class_="pl-factors")


def _row(row: FactorRow, y: float) -> Iterator[SafeString]:
    name = text.cut(row.name, WIDTH - text.width(row.words, 12) - 12, 13, text.MEDIUM)
    shapes = [
        svg.text(0, y + 12, name, "pl-factors-name"),
        svg.text(WIDTH, y + 12, row.words, "pl-axis", "end"),
        *_marks(row, y + 20),
    ]
    yield svg.link(row.url if row.total else "", f"{row.name}: {row.words}", *shapes, class_="pl-factors-row")


def _marks(row: FactorRow, y: float) -> Iterator[SafeString]:
    parts = [("critical", row.without), ("unseen", row.unread), ("bar", row.total - row.without - row.unread)]
    pitch = min(PITCH, WIDTH / max(1, row.total))
    if pitch >= PITCH_MIN:
        wide = max(2.0, pitch - 2)
        looks = [look for look, number in parts for _ in range(number)]
        for place, look in enumerate(looks):
            yield _piece(look, place * pitch, y, wide)
        return
    x = 0.0
    for look, number in parts:
        if number:
            wide = max(2.0, WIDTH * number / row.total)
            yield _piece(look, x, y, min(wide, WIDTH - x))
            x += wide


def _piece(look: str, x: float, y: float, wide: float) -> SafeString:
    if look == "unseen":
        return svg.hatch(x, y, wide, MARK_HEIGHT, "pl-factors-unseen")
    return svg.rect(x, y, wide, MARK_HEIGHT, f"pl-fill-{look}")
