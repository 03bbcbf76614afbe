"""Small drawings in the page's own markup: icons, badges, bars, spark lines.

Built into every template.

The content security policy allows no style attributes, so everything is drawn in SVG geometry and
coloured by classes. What could not be seen is hatched, everywhere; nothing is shown by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.models import AwsAccount
from posture.core.outcome import Severity
from posture.web.templatetags.words import band_ends, plural, signed

register = template.Library()

ICON_FRAME = 'd="M0 0h24v24H0z"'
"""The invisible square that each of Tabler's icons begins with."""
SPARK_WIDTH, SPARK_HEIGHT = 96, 24
SPARK_SPAN_MIN = 8.0
"""Points of score that a spark line spans at least, so that noise does not look like an event."""


class MissingIconError(Exception):
    """A template names an icon that is not among the site's.

    The message says what to do.
    """


UNSWEPT = "No sweep asks this account any more: what is shown of it is as it was seen last."


@register.simple_tag
def account_state(account: AwsAccount) -> SafeString:
    """Badge an account that no sweep asks; nothing for one that is swept."""
    if account.is_swept:
        return SafeString()
    words = "Left" if account.left_at else account.get_state_display()
    return format_html(' <span class="pl-badge pl-status-unknown" title="{}">{}</span>', UNSWEPT, words)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one of the icons listed in static/icons.txt.

    It is decoration, so say in words what it means.
    """
    return mark_safe(_icon(name))  # noqa: S308 - our own file, read from static/


@register.simple_tag
def sort_icon(column: Any) -> SafeString:
    """Draw the arrow of a table's ordered column."""
    return icon("arrow-down" if column.order_by_alias.is_descending else "arrow-up")


@lru_cache(maxsize=200)
def _icon(name: str) -> str:
    path = settings.BASE_DIR / "static" / "vendor" / "icons" / "outline" / f"{name}.svg"
    if not path.exists():
        raise MissingIconError(
            f"There is no icon {name!r}: name it in static/icons.txt and run python -m devtools.local.assets."
        )
    drawing = path.read_text(encoding="utf-8")
    inside = drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")]
    shapes = "".join(line.strip() for line in inside.splitlines() if ICON_FRAME not in line)
    return f'<svg class="pl-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{shapes}</svg>'


@register.simple_tag
def copy_button(text: str, what: str) -> SafeString:
    """Draw a button that copies a text.

    The page must load a script that listens for `data-copy-text`.
    """
    return format_html(
        '<button class="pl-copy" type="button" data-copy-text="{}">{}'
        '<span class="visually-hidden">Copy {}</span></button>',
        text,
        icon("copy"),
        what,
    )


SEVERITY_ICONS = {
    Severity.CRITICAL: "alert-octagon",
    Severity.HIGH: "alert-triangle",
    Severity.MEDIUM: "info-circle",
    Severity.LOW: "minus",
}


@register.simple_tag
def severity(value: int) -> SafeString:
    """Badge a severity (core's `Severity`, or its number)."""
    kind = Severity(value)
    return format_html(
        '<span class="pl-badge pl-severity-{}">{}{}</span>', kind.name.lower(), icon(SEVERITY_ICONS[kind]), kind.label
    )


STATES = {
    "pass": ("circle-check", "Pass"),
    "fail": ("circle-x", "Fail"),
    "unknown": ("eye-off", "Unknown"),
    "not_applicable": ("circle-dashed", "Not in use"),
    "stale": ("clock-exclamation", "Stale"),
    "running": ("refresh", "Running"),
    "accepted": ("scale", "Accepted"),
}


@register.simple_tag
def status(value: str, label: str = "") -> SafeString:
    """Badge an outcome or state; the keys of `STATES`."""
    name, words = STATES[value]
    return format_html(
        '<span class="pl-badge pl-status-{}">{}{}</span>', value.replace("_", "-"), icon(name), label or words
    )


@register.simple_tag
def flapping() -> SafeString:
    """Badge a finding that is fixed and fails again, over and over."""
    return format_html('<span class="pl-badge pl-status-stale">{}{}</span>', icon("refresh"), "Flapping")


@register.simple_tag
def change(value: float | None, *, better: str = "up", unit: str = "", quiet: bool = False) -> SafeString:
    """Word a change and mark it better or worse.

    `better` is the direction that is good: up or down.

    `quiet` says nothing where there is no change; `unit` is one of them, as "point".
    """
    rounded = round(value) if value is not None else 0
    if rounded == 0:
        words = "" if quiet else "unchanged" if value is not None else "no comparison"
        return format_html('<span class="pl-change">{}</span>', words)
    is_better = (rounded > 0) == (better == "up")
    return format_html(
        '<span class="pl-change pl-change-{}">{}<span class="visually-hidden">{}: </span>{}{}</span>',
        "better" if is_better else "worse",
        icon("arrow-up" if rounded > 0 else "arrow-down"),
        "better" if is_better else "worse",
        signed(rounded),
        f" {unit}{'' if abs(rounded) == 1 else 's'}" if unit else "",
    )


@register.simple_tag
def share_width(share: float | None) -> str:
    """Return a share of 0..1 as the width or place of an SVG shape."""
    return f"{100 * min(max(share or 0.0, 0.0), 1.0):.2f}%"


@register.inclusion_tag("web/proportions.html")
def proportions(
    passed: int, failed: int, unknown: int, *, noun: str = "resource", good: str = "pass", bad: str = "fail"
) -> dict[str, Any]:
    """Draw passed, failed and unknown as one bar, with its figures for screen readers."""
    total = passed + failed + unknown
    widths = [100 * part / total if total else 0.0 for part in (passed, failed, unknown)]
    return {
        "total": total,
        "pass_width": f"{widths[0]:.2f}%",
        "fail_at": f"{widths[0]:.2f}%",
        "fail_width": f"{widths[1]:.2f}%",
        "unknown_at": f"{widths[0] + widths[1]:.2f}%",
        "unknown_width": f"{widths[2]:.2f}%",
        "words": f"{plural(total, noun)}: {passed:,} {good}, {failed:,} {bad}, {unknown:,} unknown",
    }


@dataclass(frozen=True, slots=True)
class Spark:
    """A spark line's geometry: path segments, interrupted at None, and its end."""

    path: str
    end_x: str
    end_y: str
    words: str


@register.inclusion_tag("web/sparkline.html")
def sparkline(series: Sequence[float | None], noun: str = "score") -> dict[str, Any]:
    """Draw a series, oldest first, as a line without axes; None leaves a hole."""
    return {"spark": spark(series, noun), "width": SPARK_WIDTH, "height": SPARK_HEIGHT}


def spark(series: Sequence[float | None], noun: str) -> Spark | None:
    """Return the geometry of a series, or None where it has fewer than two points."""
    known = [value for value in series if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    middle, half = (max(known) + min(known)) / 2, max(max(known) - min(known), SPARK_SPAN_MIN) / 2
    points = [
        (
            2 + (SPARK_WIDTH - 6) * index / (len(series) - 1),
            3 + (SPARK_HEIGHT - 6) * (middle + half - value) / (2 * half),
        )
        if value is not None
        else None
        for index, value in enumerate(series)
    ]
    end = [point for point in points if point][-1]
    words = f"{noun} from {known[0]:.0f} to {known[-1]:.0f}, lowest {min(known):.0f}, highest {max(known):.0f}"
    return Spark(_segments(points), f"{end[0]:.1f}", f"{end[1]:.1f}", words)


def _segments(points: Sequence[tuple[float, float] | None]) -> str:
    parts, pen_is_down = [], False
    for point in points:
        if point is not None:
            parts.append(f"{'L' if pen_is_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen_is_down = point is not None
    return "".join(parts)


@register.simple_tag
def band(value: Any) -> SafeString:
    """Write a score band as "86 to 87", or "86" if both ends are the same.

    There is no dash between them: people read it as a minus sign.
    """
    if value is None:
        return format_html('<span class="pl-quiet">{}</span>', "no score")
    low, high = band_ends(value)
    if not high:
        return format_html('<span class="pl-band">{}</span>', low)
    return format_html(
        '<span class="pl-band" title="{} if all that could not be seen is wrong, {} if it is right">{}'
        '<span class="pl-band-high"> to {}</span></span>',
        low,
        high,
        low,
        high,
    )
