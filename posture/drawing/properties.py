"""Draw which share of each kind has a property: a bar for each of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 1118.0, 322.0
NAMES, ROW, NARROW_ROW, HEAD = 240.0, 30.0, 38.0, 24.0
BAR, GAP, FIGURE = 11.0, 20.0, 136.0
PART_MIN = 3.0
NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class PropertyShare:
    """How many of a kind have a property, lack it, and could not be seen."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    url: str = ""

    @property
    def total(self) -> int:
        """All that were judged."""
        return self.passed + self.failed + self.unknown

    @property
    def words(self) -> str:
        """The figure in words."""
        if not self.total:
            return NOT_JUDGED
        if self.failed:
            return f"{self.failed:,} of {self.total:,} not"
        return f"{self.unknown:,} not seen" if self.unknown else f"all {self.total:,}"


@dataclass(frozen=True, slots=True)
class PropertyRow:
    """A kind with a share for each property, in the order of the columns."""

    name: str
    shares: Sequence[PropertyShare]


def draw(columns: Sequence[str], rows: Sequence[PropertyRow], label: str) -> SafeString:
    """Return the grid."""
    step = (WIDE - NAMES) / max(1, len(columns))
    parts = [svg.text(NAMES + place * step, 14, name, "pl-axis") for place, name in enumerate(columns)]
    for place, row in enumerate(rows):
        y = HEAD + place * ROW
        parts.append(svg.line(0, y, WIDE, y, "pl-grid"))
        parts.append(svg.text(0, y + 20, text.cut(row.name, NAMES - 12, 13), "pl-properties-name"))
        for column, share in enumerate(row.shares):
            x = NAMES + column * step
            bar = _bar(share, x, y + (ROW - BAR) / 2, step - FIGURE - GAP)
            figure = svg.text(x + step - FIGURE - GAP + 10, y + 20, share.words, _look(share))
            title = f"{row.name}, {columns[column].lower()}: {share.words}"
            parts.append(svg.link(share.url, title, *bar, figure, class_="pl-properties-share"))
    return svg.picture(WIDE, HEAD + len(rows) * ROW + 1, label, *parts, class_="pl-properties")


def draw_narrow(totals: Sequence[PropertyRow], label: str) -> SafeString:
    """Return properties over all kinds, for a phone: a row for each share."""
    parts: list[SafeString] = []
    for place, row in enumerate(totals):
        y, share = place * NARROW_ROW, row.shares[0]
        figure = svg.text(NARROW, y + 13, share.words, "pl-axis", "end")
        room = NARROW - text.width(share.words, 12) - 10
        name = svg.text(0, y + 13, text.cut(row.name, room, 13), "pl-properties-name")
        shapes = [name, figure, *_bar(share, 0, y + 19, NARROW)]
        parts.append(svg.link(share.url, f"{row.name}: {share.words}", *shapes, class_="pl-properties-share"))
    return svg.picture(NARROW, max(1, len(totals)) * NARROW_ROW, label, *parts, class_="pl-properties")


def _look(share: PropertyShare) -> str:
    return "pl-properties-failed" if share.failed else "pl-axis"


def _bar(share: PropertyShare, x: float, y: float, room: float) -> Iterator[SafeString]:
    """Yield the bar of a share: what lacks the property comes first."""
    if not share.total:
        yield svg.rect(x + 0.5, y + 0.5, room - 1, BAR - 1, "pl-properties-none")
        return
    counts = [
        (share.failed, "pl-fill-critical"),
        (share.unknown, "pl-properties-unseen"),
        (share.passed, "pl-fill-bar"),
    ]
    shown = [(count, look) for count, look in counts if count]
    wide = [max(PART_MIN, room * count / share.total) for count, _ in shown]
    wide[wide.index(max(wide))] -= sum(wide) - room
    for (_, look), long in zip(shown, wide, strict=True):
        yield svg.rect(x, y, long, BAR, look)
        if look == "pl-properties-unseen":
            yield svg.hatch(x, y, long, BAR)
        x += long
