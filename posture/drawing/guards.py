"""Draw what guards a number of things: a bar for each guard, in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDTH, ROW, BAR = 314.0, 40.0, 11.0
PART_MIN, GAP = 3.0, 1.0


@dataclass(frozen=True, slots=True)
class GuardPart:
    """How many are in a state: `look` is yes, old, no, accepted, unseen or none."""

    look: str
    count: int
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class GuardBar:
    """A guard, what is said at the right of its name, and its parts."""

    name: str
    note: str
    parts: Sequence[GuardPart]


def draw(bars: Sequence[GuardBar], label: str) -> SafeString:
    """Return the bars, each as wide as the picture."""
    parts = [part for place, bar in enumerate(bars) for part in _bar(bar, place * ROW)]
    return svg.picture(WIDTH, max(1, len(bars)) * ROW - 8, label, *parts, class_="pl-guards")


def _bar(bar: GuardBar, y: float) -> Iterator[SafeString]:
    room = WIDTH - text.width(bar.note, 12) - 10
    yield svg.text(0, y + 12, text.cut(bar.name, room, 12), "pl-guards-name")
    yield svg.text(WIDTH, y + 12, bar.note, "pl-axis", "end")
    shown = [part for part in bar.parts if part.count > 0]
    x = 0.0
    for part, long in zip(shown, _widths([part.count for part in shown]), strict=True):
        yield svg.link(part.url, part.title, *_part(part, x, y + 18, long), class_="pl-guards-part")
        x += long + GAP


def _widths(counts: Sequence[int]) -> list[float]:
    """Return the widths of parts: none too small to see, and all together the whole."""
    if not counts:
        return []
    room = WIDTH - GAP * (len(counts) - 1)
    total = sum(counts)
    wide = [max(PART_MIN, room * count / total) for count in counts]
    wide[wide.index(max(wide))] -= sum(wide) - room
    return wide


def _part(part: GuardPart, x: float, y: float, long: float) -> Iterator[SafeString]:
    if part.look == "none":
        yield svg.rect(x + 0.5, y + 0.5, long - 1, BAR - 1, "pl-guards-none")
        return
    yield svg.rect(x, y, long, BAR, f"pl-guards-{part.look}")
    if part.look == "unseen":
        yield svg.hatch(x, y, long, BAR)
