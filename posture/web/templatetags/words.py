"""How figures, shares and times are worded.

Filters only; built into every template.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django import template
from django.utils import timezone

from posture.core.score import Band

register = template.Library()

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"


@register.filter
def signed(value: float | None) -> str:
    """Word a change with its sign: +2, ±0, or a true minus.

    An en dash where there is nothing to compare.
    """
    if value is None:
        return NONE
    rounded = round(value)
    if rounded == 0:
        return "±0"
    return f"+{rounded:,}" if rounded > 0 else f"{MINUS}{-rounded:,}"


@register.filter
def tenths(value: float) -> str:
    """Word a change of a score in tenths of a point, with its sign."""
    return "±0" if abs(value) < 0.05 else f"{value:+.1f}".replace("-", MINUS)  # noqa: PLR2004 - half a tenth


@register.filter
def figure(value: float | None) -> str:
    """Word a figure as a whole number with thousands apart.

    An en dash where there is none.
    """
    return NONE if value is None else f"{round(value):,}"


def band_ends(band: Band) -> tuple[str, str]:
    """Return a score band's ends in whole points; an equal upper one is empty."""
    low, high = figure(band.low), figure(band.high)
    return low, "" if low == high else high


@register.filter
def percent(share: float | None) -> str:
    """Word a share of 0..1, never rounding something to nothing or nearly all to all."""
    if share is None:
        return NONE
    if 0 < share < 0.01:  # noqa: PLR2004 - one percent
        return "<1 %"
    if 0.99 < share < 1:  # noqa: PLR2004 - ninety-nine percent
        return ">99 %"
    return f"{round(share * 100)} %"


@register.filter
def day(at: datetime | date | None) -> str:
    """Word a day, as 27 Oct 2026; times are UTC."""
    if at is None:
        return NONE
    at = at.astimezone(UTC) if isinstance(at, datetime) else at
    return f"{at.day} {at:%b %Y}"


@register.filter
def moment(at: datetime | None) -> str:
    """Word a time, as 27 Oct 2026, 14:05 UTC."""
    return NONE if at is None else f"{day(at)}, {at.astimezone(UTC):%H:%M} UTC"


@register.filter
def span(length: timedelta | None) -> str:
    """Word a length of time in its largest unit, as 3 days or 5 hours."""
    if length is None:
        return NONE
    seconds = max(length.total_seconds(), 0)
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return plural(seconds // size, unit)
    return "under a minute"


@register.filter
def short(length: timedelta | None) -> str:
    """Word a length of time to the second, as 4.2 s or 3 min 20 s."""
    if length is None:
        return NONE
    seconds = max(length.total_seconds(), 0.0)
    if seconds < 10:  # noqa: PLR2004 - below ten seconds tenths matter
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


@register.filter
def age(since: datetime | None, now: datetime | None = None) -> str:
    """Word how long ago something was, as 3 days.

    `{{ at|age:frame.scope.now }}` counts from the page's own date.
    """
    return NONE if since is None else span((now or timezone.now()) - since)


@register.filter
def plural(count: float, word: str) -> str:
    """Word a count with its noun: `{{ 2|plural:"account" }}` is 2 accounts.

    "policy,policies" gives both forms.
    """
    one, _, many = word.partition(",")
    return f"{int(count):,} {one if count == 1 else many or f'{one}s'}"


@register.filter
def short_arn(arn: str) -> str:
    """Shorten an ARN to its service and resource."""
    parts = arn.split(":", 5)
    return f"{parts[2]}:{parts[5]}" if len(parts) == 6 else arn  # noqa: PLR2004 - the parts of an ARN


def joined(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: "a", "a and b", "a, b and c"."""
    if len(names) < 2:  # noqa: PLR2004 - one needs no "and"
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
