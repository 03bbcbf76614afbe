"""Draw a resource's versions on a line of time.

As long as each lasted, marked by what began it.

Hatched where the resource could not be seen, empty where it was gone; the two that are compared are underlined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 722.0, 322.0
BAR_Y, BAR, AXIS = 14.0, 20.0, 54.0
BAR_MIN = 3.0
VERSIONS_MAX = 60


class Begin(StrEnum):
    """What began a version."""

    FIRST = "first"
    CHANGED = "changed"
    VISIBILITY = "visibility"
    BACK = "back"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Version:
    """A version from `since` until `until`.

    `is_before` and `is_after` where it is one of the two compared.
    """

    since: datetime
    until: datetime
    begin: Begin
    title: str
    url: str = ""
    is_before: bool = False
    is_after: bool = False


def draw(
    versions: Sequence[Version],
    unseen: Sequence[tuple[datetime, datetime]],
    end: datetime,
    label: str,
    width: float = WIDE,
) -> SafeString:
    """Return the line, oldest first.

    `unseen` are the spans in which it could not be seen.
    """
    shown = versions[-VERSIONS_MAX:]
    first = shown[0].since
    span = max((end - first).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return 6 + (width - 12) * min(1.0, max(0.0, (at - first).total_seconds() / span))

    parts = [svg.rect(x(first), BAR_Y + 0.5, x(end) - x(first), BAR - 1, "pl-versions-gone", rx=2)]
    for one in shown:
        long = max(BAR_MIN, x(one.until) - x(one.since) - 1)
        bar = svg.rect(x(one.since), BAR_Y, long, BAR, "pl-versions-bar")
        parts.append(svg.link(one.url, one.title, bar, class_="pl-versions-link"))
    parts += (svg.hatch(x(a), BAR_Y, max(BAR_MIN, x(b) - x(a)), BAR) for a, b in unseen if b > first)
    for one in shown:
        parts += _mark(one, x(one.since))
        if one.is_before or one.is_after:
            long = max(BAR_MIN, x(one.until) - x(one.since) - 1)
            parts.append(svg.rect(x(one.since), BAR_Y + BAR + 3, long, 3, "pl-fill-brass"))
    parts += _axis(first, end, width)
    return svg.picture(width, AXIS + 6, label, *parts, class_="pl-versions")


def _mark(one: Version, x: float) -> Iterator[SafeString]:
    y = BAR_Y + BAR / 2
    d = f"M{svg.number(x)} {svg.number(y - 6)}l6 6l-6 6l-6 -6z"
    if one.begin is Begin.VISIBILITY:
        yield svg.path(d, "pl-versions-visibility")
        yield svg.path(d, "", fill=svg.HATCH)
    elif one.begin is not Begin.KEPT:
        yield svg.path(d, f"pl-versions-{one.begin}")


def _axis(first: datetime, end: datetime, width: float) -> Iterator[SafeString]:
    begins, ends = f"{first:%-d %b %Y}", f"{end:%-d %b %Y}"
    yield svg.text(0, AXIS, begins, "pl-axis")
    if begins != ends and text.width(begins, 12) + text.width(ends, 12) + 12 < width:
        yield svg.text(width, AXIS, ends, "pl-axis", "end")
