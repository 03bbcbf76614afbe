"""Draw sweeps as columns by how long they took.

The share of accounts that could not be read is hatched on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from posture.drawing import svg, text

TOP, HEIGHT, AXIS = 22.0, 92.0, 24.0
WIDEST, GAP = 44.0, 3.0
COLUMN_MIN = 3.0
SHARE_WIDTH, SHARE_HEIGHT = 88.0, 8.0


@dataclass(frozen=True, slots=True)
class DurationColumn:
    """A sweep: its duration, and the share of accounts that could not be read."""

    seconds: float
    unread: float
    title: str
    url: str = ""
    is_ended_early: bool = False
    """It was cancelled or failed: drawn as an outline."""


def draw(
    sweeps: Sequence[DurationColumn], label: str, ends: tuple[str, str], words: str, width: float = 1086.0
) -> SafeString:
    """Return the columns, oldest first.

    `ends` are the days on the axis, `words` the longest duration.
    """
    most = max((one.seconds for one in sweeps), default=0.0) or 1.0
    pitch = min(WIDEST, width / max(1, len(sweeps)))
    columns = [_column(one, place * pitch, pitch - GAP, HEIGHT * one.seconds / most, TOP + HEIGHT)
               for place, one in enumerate(sweeps)]  # fmt: skip
    frame = [
        svg.line(0, TOP, width, TOP, "pl-grid"),
        svg.text(0, TOP - 8, words, "pl-axis"),
        *columns,
        svg.line(0, TOP + HEIGHT, width, TOP + HEIGHT, "pl-drift-base"),
        *_ends(ends, len(sweeps) * pitch - GAP, TOP + HEIGHT + 18),
    ]
    return svg.picture(width, TOP + HEIGHT + AXIS, label, *frame, class_="pl-durations")


def _column(one: DurationColumn, x: float, wide: float, high: float, bottom: float) -> SafeString:
    high = max(high, COLUMN_MIN)
    top = bottom - high
    parts = [svg.rect(x, top, wide, high, "pl-timeline-cancelled" if one.is_ended_early else "pl-fill-bar")]
    if one.unread > 0:
        seen = max(min(high * one.unread, high), min(COLUMN_MIN, high))
        parts += [svg.rect(x, top, wide, seen, "pl-timeline-failed"), svg.hatch(x, top, wide, seen)]
    return svg.link(one.url, one.title, *parts, class_="pl-durations-column")


def _ends(ends: tuple[str, str], right: float, y: float) -> Iterator[SafeString]:
    yield svg.text(0, y, ends[0], "pl-axis")
    if ends[1] and right > text.width(ends[0] + ends[1], 12) + 24:
        yield svg.text(right, y, ends[1], "pl-axis", "end")


def share_bar(read: float, unread: float, cancelled: float, skipped: float, label: str) -> SafeString:
    """Return a small bar of a sweep's accounts by shares that add up to 1.

    What was not seen is hatched.
    """
    x = 0.0
    parts: list[SafeString] = []
    for share, class_, is_hatched in (
        (read, "pl-fill-bar", False),
        (unread, "pl-timeline-failed", True),
        (cancelled, "pl-timeline-cancelled", False),
        (skipped, "pl-bars-outline", True),
    ):
        if share > 0:
            wide = max(SHARE_WIDTH * share, COLUMN_MIN)
            parts.append(svg.rect(x, 0, wide, SHARE_HEIGHT, class_))
            parts += [svg.hatch(x, 0, wide, SHARE_HEIGHT)] if is_hatched else []
            x += wide + 1
    return svg.picture(max(SHARE_WIDTH, x), SHARE_HEIGHT, label, *parts, class_="pl-share-bar")


def length_bar(share: float, label: str) -> SafeString:
    """Return a small bar of a duration as a share of the longest, 0 to 1."""
    wide = max(SHARE_WIDTH * share, COLUMN_MIN)
    return svg.picture(SHARE_WIDTH, SHARE_HEIGHT, label, svg.rect(0, 0, wide, SHARE_HEIGHT, "pl-fill-bar"))
