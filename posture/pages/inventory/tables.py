"""The table of one type: common columns, and those that its collector declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.collectors import all_collectors
from posture.core.collector import Column
from posture.core.population import configurations
from posture.core.resource import Resource
from posture.history.query import ResourceRecord
from posture.pages.inventory import config_cells, populations
from posture.pages.inventory.names import own_id, type_plural
from posture.web.cards import CardTable
from posture.web.columns import AccountColumn, DayColumn, NumberColumn
from posture.web.resource_names import name_of
from posture.web.scoping import url_in_scope
from posture.web.templatetags import marks, words


class ConfigColumn(tables.Column):
    """A value of the configuration or observed fields; compressed, so not sortable."""

    def __init__(self, declared: Column) -> None:
        super().__init__(verbose_name=declared.label, empty_values=(), orderable=False)
        self.path = declared.path

    def render(self, record: ResourceRecord, table: ResourceTable) -> str | SafeString:
        return config_cells.cell(table.values(record, self.path))

    def value(self, record: ResourceRecord, table: ResourceTable) -> str:
        return config_cells.exported(table.values(record, self.path))


class ResourceTable(CardTable):
    """Resources of one type."""

    is_swept_data = True
    row_link = ("inventory:resource", {"resource_id": "resource_id"})
    name = tables.Column(empty_values=())
    account = AccountColumn()
    region = tables.Column()
    classification = tables.Column(empty_values=())
    open_findings = NumberColumn(verbose_name="Findings")
    first_seen = DayColumn(verbose_name="First seen")
    arn = tables.Column(verbose_name="ARN", visible=False)
    unseen_since = DayColumn(verbose_name="Not seen since", visible=False)

    class Meta(CardTable.Meta):
        order_by = "name"
        per_page = 30
        empty_text = "No resource of this type matches, as far as could be seen."
        sequence: ClassVar = ("name", "account", "open_findings", "...", "region", "classification", "first_seen")
        attrs: ClassVar = {"class": "table pl-table pl-resources pl-cards"}

    def __init__(self, rows: Any, resource_type: str) -> None:
        collector = all_collectors().get(resource_type)
        # The name has its own column, whatever the collector declares under it.
        self.declared = [one for one in collector.columns if one.path != "Name"] if collector else []
        more = [(f"field_{number}", ConfigColumn(one)) for number, one in enumerate(self.declared)]
        super().__init__(rows, extra_columns=more)
        self.caption = type_plural(resource_type)  # type: ignore[misc]  # of this table
        self._opened: tuple[int, Sequence[Resource]] | None = None

    def values(self, record: ResourceRecord, path: str) -> list[Any]:
        """Return the values at a path of a record, unpacked once for all its cells."""
        if self._opened is None or self._opened[0] != record.id:
            self._opened = (record.id, record.unfolded())
        found = [value for each in self._opened[1] for value in _values(each, path)]
        return found if len(self._opened[1]) == 1 else config_cells.distinct(found)

    def render_name(self, record: ResourceRecord) -> SafeString:
        """Return the name, the id unless a column shows it, and whether it was not seen."""
        if record.members is not None:
            counted = populations.counted(record.members, record.type, len(configurations(record.config)))
            return _named(record, format_html("<small>{}</small>", counted))
        own = own_id(record.arn)
        is_shown = own == name_of(record) or any([own] == self.values(record, one.path) for one in self.declared)
        return _named(record, "" if is_shown else format_html('<code class="pl-id">{}</code>', own))

    def value_name(self, record: ResourceRecord) -> str:
        """Export the name."""
        return record.name

    def render_classification(self, record: ResourceRecord) -> SafeString | str:
        """Return the classification, muted if there is none."""
        if record.classification:
            return format_html('<span class="pl-tag">{}</span>', record.classification)
        return format_html('<span class="pl-quiet">{}</span>', words.NONE)

    def value_classification(self, record: ResourceRecord) -> str:
        """Export the classification, empty if there is none."""
        return record.classification

    def render_open_findings(self, value: int, record: ResourceRecord) -> SafeString | str:
        """Return the number of open findings, leading to them."""
        if not value:
            return format_html('<span class="pl-quiet">{}</span>', "0")
        url = url_in_scope(self.request, "inventory:resource", {"resource_id": record.resource_id})
        return format_html('<a href="{}#findings">{}</a>', url, words.figure(value))

    def value_open_findings(self, value: int) -> int:
        """Export the number."""
        return value


def _named(record: ResourceRecord, below: str | SafeString) -> SafeString:
    unseen = record.unseen_since
    return format_html(
        '<span class="pl-resource"><span title="{}">{}</span>{}{}</span>',
        record.arn,
        name_of(record) if record.name else own_id(record.arn),
        below,
        format_html("<span>{}</span>", marks.status("unknown", f"not seen since {words.day(unseen)}"))
        if unseen
        else "",
    )


def _values(resource: Resource, path: str) -> list[Any]:
    return config_cells.values_at(resource.raw_config, resource.raw_observed, path)
