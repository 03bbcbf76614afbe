"""The table of Outposts."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.pages.outposts import health
from posture.pages.outposts.queries import INSTANCE, SUBNET, VOLUME, Rack
from posture.pages.outposts.sites import site_of
from posture.web.columns import NUMBER, AccountColumn, NumberColumn
from posture.web.tables import Table
from posture.web.templatetags import marks, words


class RackTable(Table):
    """One row per Outpost, even if several accounts see it."""

    row_link = ("outposts:detail", {"resource_id": "resource_id"})
    caption = "Outposts"
    name = tables.Column(verbose_name="Outpost")
    account = AccountColumn(accessor="record__account", order_by="record__account__name")
    site = tables.Column(verbose_name="Site", empty_values=(), orderable=False)
    status = tables.Column(verbose_name="Life cycle", empty_values=(), orderable=False)
    link = tables.Column(verbose_name="Service link", empty_values=(), orderable=False)
    capacity = tables.Column(verbose_name="Slots taken", empty_values=(), orderable=False, attrs=NUMBER)
    instances = tables.Column(verbose_name="Instances", empty_values=(), orderable=False, attrs=NUMBER)
    volumes = tables.Column(verbose_name="Volumes", empty_values=(), orderable=False, attrs=NUMBER)
    subnets = tables.Column(verbose_name="Subnets", empty_values=(), orderable=False, attrs=NUMBER)
    findings = NumberColumn(verbose_name="Findings")

    class Meta(Table.Meta):
        order_by = "name"

    def render_name(self, record: Rack) -> SafeString:
        """Return the name, and whether it is shared or was not seen."""
        unseen = record.record.unseen_since
        return format_html(
            '<span class="pl-resource">{}<small>{}</small></span>{}',
            record.name,
            "" if record.is_own else f"shared by account {record.config.get('OwnerId')}",
            format_html(" {}", marks.status("unknown", f"not seen since {words.day(unseen)}")) if unseen else "",
        )

    def value_name(self, record: Rack) -> str:
        """Export the name."""
        return record.name

    def render_site(self, record: Rack) -> str:
        """Return the site's name and city."""
        site = site_of(record.site)
        return ", ".join(one for one in (site.record.name, site.city) if one) if site else words.NONE

    def render_status(self, record: Rack) -> str:
        """Return the life cycle's state in lower case."""
        return str(record.config.get("LifeCycleStatus") or words.NONE).lower()

    def render_link(self, record: Rack) -> SafeString:
        """Badge the service link."""
        link = health.link(record)
        return format_html('<span title="{}">{}</span>', link.why, marks.status(link.state, link.words))

    def value_link(self, record: Rack) -> str:
        """Export it in words."""
        return health.link(record).words

    def render_capacity(self, record: Rack) -> SafeString | str:
        """Return the slots that are taken, of how many."""
        room = health.capacity_of(record)
        if room.unknown:
            return format_html('<span title="{}">{}</span>', room.unknown, marks.status("unknown"))
        return f"{room.used} of {room.slots}"

    def value_capacity(self, record: Rack) -> str:
        """Export it in words."""
        room = health.capacity_of(record)
        return room.unknown or f"{room.used} of {room.slots}"

    def render_instances(self, record: Rack) -> int:
        """Return the number of instances on it."""
        return record.number_of(INSTANCE)

    def render_volumes(self, record: Rack) -> int:
        """Return the number of volumes on it."""
        return record.number_of(VOLUME)

    def render_subnets(self, record: Rack) -> int:
        """Return the number of subnets on it."""
        return len(record.of(SUBNET))
