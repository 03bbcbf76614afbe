"""The table of images that run."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.pages.containers.usage import SEVERITIES, STATE_NAMES, Image, ImageState, facts_of
from posture.pages.containers.ways import WAYS, WayOfRunning
from posture.web.columns import NUMBER, AgeColumn, NumberColumn
from posture.web.tables import Table
from posture.web.templatetags import marks, words

MARKS = {
    ImageState.FIXABLE: "fail",
    ImageState.CRITICAL: "fail",
    ImageState.GONE: "fail",
    ImageState.NEVER: "fail",
    ImageState.STALE: "stale",
    ImageState.UNSEEN: "unknown",
    ImageState.CLEAN: "pass",
}
"""The badge of each state."""


def badge(state: ImageState) -> SafeString:
    """Badge what is known of an image."""
    return marks.status(MARKS[state], STATE_NAMES[state])


class ImageTable(Table):
    """One row per image that runs."""

    row_link = ("containers:image", {"image_id": "id"})
    caption = "Running images"
    is_swept_data = True
    name = tables.Column(verbose_name="Image", order_by="name")
    state = tables.Column(verbose_name="State", order_by="order")
    critical = NumberColumn(
        verbose_name="Critical", accessor="stored__critical", order_by="stored__critical", default=words.NONE
    )
    fixable = tables.Column(
        verbose_name="Fixable", accessor="stored__fixable", orderable=False, attrs=NUMBER, empty_values=()
    )
    scanned = AgeColumn(verbose_name="Last scan", accessor="stored__scanned_at", orderable=False, default=words.NONE)
    ways = tables.Column(verbose_name="Runs in", orderable=False)
    units = NumberColumn(verbose_name="Running")
    registry = tables.Column(verbose_name="Registry", orderable=False)
    facts = tables.Column(verbose_name="Also", empty_values=(), orderable=False)
    digest = tables.Column(verbose_name="Digest", visible=False, orderable=False)

    class Meta(Table.Meta):
        empty_text = "No image matches."

    def render_name(self, record: Image) -> SafeString:
        """Return the name, and what runs it."""
        return format_html('<span class="pl-resource">{}<small>{}</small></span>', record.name, record.users)

    def value_name(self, record: Image) -> str:
        """Export the name."""
        return record.name

    def render_state(self, record: Image) -> SafeString:
        """Badge what is known of it, with the reason."""
        return format_html('<span title="{}">{}</span>', record.reason, badge(record.state))

    def value_state(self, record: Image) -> str:
        """Export it in words."""
        return f"{STATE_NAMES[record.state]}. {record.reason}"

    def render_fixable(self, value: Any) -> str:
        """Return how many criticals have a fix, or that it is not known."""
        return words.NONE if value is None else words.figure(value)

    def render_ways(self, record: Image) -> str:
        """Return the ways in which it runs."""
        return ", ".join(WAYS[way].name for way in WayOfRunning if way in record.ways)

    def render_facts(self, record: Image) -> str:
        """Return what else is to know."""
        return ", ".join(facts_of(record)) or words.NONE


def severity_counts(image: Image) -> list[tuple[str, int]]:
    """Return how many vulnerabilities its scan counted, by severity."""
    counts = (image.stored.counts if image.stored else None) or {}
    return [(name.capitalize(), counts.get(name, 0)) for name in SEVERITIES]
