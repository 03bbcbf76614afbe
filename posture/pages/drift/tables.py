"""Tables of changes: findings, resources, listings and time to fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from posture.checks import title_of
from posture.collectors import all_collectors
from posture.core.gap import ANY
from posture.core.outcome import Severity
from posture.history import query as history
from posture.history.query import ConfigChange, FindingRecord, FixDurations, load_removal_reasons
from posture.pages.drift import differences
from posture.pages.drift.period import Period
from posture.pages.drift.words import closed_as, left_as
from posture.web.cards import CardTable
from posture.web.columns import AccountColumn, DayColumn, NumberColumn, SeverityColumn
from posture.web.scoping import scope_of, url_in_scope
from posture.web.tables import Table
from posture.web.templatetags import marks, words

PATHS = 3
"""Changed paths that a row names."""
NUMBER = {"cell": {"class": "pl-number pl-nowrap"}}


def closed_words(record: FindingRecord) -> str:
    """Return why a finding is resolved; empty while it is open."""
    return closed_as(record.close_reason)


class ClosedColumn(DayColumn):
    """When a finding was resolved, and how; that it is open."""

    def render(self, value: datetime | None, record: FindingRecord, table: Table) -> SafeString:  # type: ignore[override]  # may be open
        if value is None:
            return format_html('<span class="pl-quiet">{}</span>', "still open")
        return format_html(
            '{} <span class="pl-quiet pl-below">{}</span>', super().render(value, table), closed_words(record)
        )

    def value(self, value: datetime | None) -> str:
        return value.isoformat() if value else ""


class ChangedFindingTable(CardTable):
    """Findings that opened, reopened or were resolved."""

    is_swept_data = True
    caption = "Findings"
    row_link = ("findings:detail", {"finding_id": "finding_id"})
    check_id = tables.Column("Finding")
    problem = tables.Column(accessor="title", visible=False, orderable=False)
    severity = SeverityColumn()
    resource_name = tables.Column("Resource")
    account = AccountColumn()
    region = tables.Column()
    opened_at = DayColumn(verbose_name="Opened")
    closed_at = ClosedColumn(verbose_name="Resolved", empty_values=())
    close_reason = tables.Column("How", empty_values=(), visible=False)

    class Meta(CardTable.Meta):
        empty_text = "None in this period."

    @cached_property
    def flapping(self) -> AbstractSet[int]:
        """Findings of this page that come and go."""
        rows = [row.record for row in self.paginated_rows]
        return history.find_flapping(scope_of(self.request), rows)

    def render_check_id(self, value: str, record: FindingRecord) -> SafeString:
        """Return the problem, and say that it comes and goes."""
        return format_html("{} {}", record.title, marks.flapping() if record.finding_id in self.flapping else "")

    def value_check_id(self, value: str) -> str:
        """Export the title."""
        return title_of(value)

    def render_severity(self, record: FindingRecord) -> SafeString:
        """Return a badge of the severity."""
        return marks.severity(record.severity)

    def value_severity(self, record: FindingRecord) -> str:
        """Export the word."""
        return Severity(record.severity).label

    def render_resource_name(self, value: str, record: FindingRecord) -> SafeString:
        """Return the name, with the ARN on hover."""
        return format_html('<span title="{}">{}</span>', record.resource_arn, value or record.resource_arn)

    def value_resource_name(self, record: FindingRecord) -> str:
        """Export the ARN, which is unambiguous."""
        return record.resource_arn

    def value_close_reason(self, record: FindingRecord) -> str:
        """Export it in words."""
        return closed_words(record) if record.closed_at else "still open"


class SpanColumn(tables.Column):
    """A length of time; exported in days."""

    def render(self, value: timedelta) -> str:
        return words.span(value)

    def value(self, value: timedelta | None) -> str:
        return "" if value is None else f"{value / timedelta(days=1):.2f}"


class MedianColumn(SpanColumn):
    """A median of lengths of time, which says where it rests on one case."""

    def render(self, value: timedelta, record: FixDurations) -> SafeString | str:  # type: ignore[override]  # tables2 hands in what is named
        if record.fixed != 1:
            return super().render(value)
        return format_html('{} <span class="pl-quiet pl-below">{}</span>', super().render(value), "one case")


class FixingTable(CardTable):
    """How long fixing takes, by group."""

    is_swept_data = True
    caption = "Time to fix"
    by = "account"
    """Set by the page."""
    key = tables.Column("Group", empty_values=())
    fixed = NumberColumn(verbose_name="Fixed (n)")
    mean = SpanColumn(verbose_name="Mean time to fix", attrs=NUMBER)
    median = MedianColumn(verbose_name="Median", attrs=NUMBER)
    slowest = SpanColumn(verbose_name="Slowest", attrs=NUMBER)
    otherwise = NumberColumn(verbose_name="Resolved otherwise")
    open = NumberColumn(verbose_name="Still open")
    oldest = SpanColumn(verbose_name="Oldest open", attrs=NUMBER)
    names: Mapping[str, str] = {}
    """Names of the groups by key; set by the page."""

    class Meta(CardTable.Meta):
        empty_text = "Nothing was fixed in this period, and nothing is open."

    def render_key(self, value: str) -> str:
        """Return the name of the group."""
        return self.names.get(value, value)

    def row_url(self, record: FixDurations) -> str:
        """Link to open findings; for an owner, to what changed."""
        if self.by == "owner":
            return url_in_scope(self.request, "drift:group", None, group="owner", key=record.key)
        query = {"account": record.key} if self.by == "account" else {"severity": record.key}
        return url_in_scope(self.request, "findings:list", None, **query)


class ChangedResourceTable(CardTable):
    """Resources that came, went or changed."""

    is_swept_data = True
    caption = "Resources"
    period: Period
    """Set by the page, so that a row leads to the difference in just this period."""
    name = tables.Column("Resource", empty_values=(), attrs={"td": {"class": "pl-what"}})
    type = tables.Column(attrs={"td": {"class": "pl-typed"}})
    account = AccountColumn()
    region = tables.Column(attrs={"td": {"class": "pl-where"}})
    first_seen = DayColumn(verbose_name="First seen")
    valid_from = DayColumn(verbose_name="As it is since")
    gone_at = DayColumn(verbose_name="Gone")
    arn = tables.Column("ARN", visible=False)
    """For exports; a page has no room for it, and a row leads to it."""

    class Meta(CardTable.Meta):
        empty_text = "None in this period."

    def render_name(self, value: str, record: Any) -> str:
        """Return the name, or the ARN where it has none."""
        return value or record.arn

    def render_type(self, value: str) -> SafeString:
        """Return the noun, AWS's name of the type on hover."""
        known = all_collectors().get(value)
        return format_html('<span title="{}">{}</span>', value, known.title if known else value)

    def value_type(self, value: str) -> str:
        """Export AWS's name."""
        return value

    def row_url(self, record: Any) -> str:
        """Link to the difference in this page's own period."""
        kwargs: dict[str, object] = {"resource_id": record.resource_id}
        return url_in_scope(self.request, "drift:difference", kwargs, **self.period.query)


class LeftColumn(tables.Column):
    """When a resource went, and why."""

    def render(self, record: Any, table: RemovedTable) -> SafeString:
        at, why = table.left(record)
        return format_html('{} <span class="pl-quiet pl-below">{}</span>', DayColumn().render(at, table), left_as(why))

    def value(self, record: Any, table: RemovedTable) -> str:
        return table.left(record)[0].isoformat()


class RemovedTable(ChangedResourceTable):
    """Resources that were removed, each with the reason."""

    gone_at = LeftColumn(verbose_name="Gone", empty_values=(), order_by="valid_to")
    left_because = tables.Column("Why", empty_values=(), visible=False, orderable=False)

    class Meta(ChangedResourceTable.Meta):
        pass

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leavings: dict[int, tuple[datetime, str]] = {}

    def prepare(self, records: Sequence[Any]) -> None:
        """Read when and why these resources went, at once."""
        self.leavings = load_removal_reasons(records, self.period.until)

    def left(self, record: Any) -> tuple[datetime, str]:
        """Return when and why a resource went."""
        if record.resource_id not in self.leavings:
            self.prepare([row.record for row in self.paginated_rows])
        return self.leavings[record.resource_id]

    def value_left_because(self, record: Any) -> str:
        """Export it in words."""
        return left_as(self.left(record)[1])


class ChangedTable(ChangedResourceTable):
    """Resources that changed, each with what differs."""

    difference = tables.Column("What changed", empty_values=(), orderable=False, attrs={"td": {"class": "pl-what"}})

    class Meta(ChangedResourceTable.Meta):
        sequence = ("name", "difference", "...")
        exclude = ("first_seen", "gone_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.changes: dict[int, list[ConfigChange]] = {}

    def prepare(self, records: Sequence[Any]) -> None:
        """Read how these resources were at the start, at once."""
        self.changes = differences.of_records(records)

    def _of(self, record: Any) -> list[ConfigChange]:
        if record.id not in self.changes:
            self.prepare([row.record for row in self.paginated_rows])
        return self.changes.get(record.id, [])

    def render_difference(self, record: Any) -> SafeString:
        """Return the first paths that changed; the row opens to the rest."""
        found = self._of(record)
        shown = format_html_join(", ", "<code>{}</code> {}", ((one.path, one.kind) for one in found[:PATHS]))
        return format_html("{}{}", shown, f" and {len(found) - PATHS} more" if len(found) > PATHS else "")

    def value_difference(self, record: Any) -> str:
        """Export every path with what happened to it."""
        return "; ".join(f"{one.kind} {one.path}" for one in self.changes.get(record.id, []))


class ChangedGapTable(CardTable):
    """Listings that were lost or seen again."""

    is_swept_data = True
    caption = "Listings"
    account = AccountColumn()
    region = tables.Column()
    resource_type = tables.Column("What")
    action = tables.Column()
    error = tables.Column("AWS said")
    remedy = tables.Column("What would fix it")
    opened_at = DayColumn(verbose_name="Lost")
    closed_at = DayColumn(verbose_name="Seen again")

    class Meta(CardTable.Meta):
        empty_text = "None in this period."

    def render_region(self, value: str) -> str:
        """Return the region, or "every region"."""
        return "every region" if value == ANY else value

    def render_resource_type(self, value: str) -> str:
        """Return the type, or "everything"."""
        return "everything" if value == ANY else value
