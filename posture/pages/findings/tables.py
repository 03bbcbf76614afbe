"""Findings as tables: by check, and one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.checks import counted_title
from posture.core.outcome import Severity
from posture.history.query import FindingRecord
from posture.history.scope import Scope
from posture.pages.findings import queries
from posture.pages.findings.names import display_name, status_key, triage_label
from posture.web.cards import CardTable
from posture.web.column_filters import Key, WordKey, account_key
from posture.web.columns import AccountColumn, AgeColumn, NumberColumn, SeverityColumn
from posture.web.scoping import scope_of, url_in_scope
from posture.web.tables import Table
from posture.web.templatetags import marks, words

ONE_LINE = {"cell": {"class": "pl-nowrap"}}


class NamedSeverityColumn(SeverityColumn):
    """A severity that also says, to those who listen, what the row leads to."""

    def render(self, record: FindingRecord) -> SafeString:  # type: ignore[override]  # tables2 hands in what is named
        return format_html(
            '{}<span class="visually-hidden">: {} on {}</span>',
            marks.severity(record.severity),
            record.title,
            display_name(record.resource_name, record.resource_type),
        )

    def value(self, record: FindingRecord) -> str:  # type: ignore[override]  # the same
        return Severity(record.severity).label


class ResourceColumn(tables.Column):
    """A resource's name above its short ARN; exported as the whole ARN."""

    def render(self, record: FindingRecord) -> SafeString:
        return format_html(
            '<span class="pl-resource"><span>{}{}</span><code class="pl-id" title="{}">{}</code></span>',
            display_name(record.resource_name, record.resource_type),
            marks.copy_button(record.resource_arn, "the ARN"),
            record.resource_arn,
            words.short_arn(record.resource_arn),
        )

    def value(self, record: FindingRecord) -> str:
        return record.resource_arn


class FindingStateColumn(tables.Column):
    """Whether it fails, could not be read or was not seen since, and what was decided."""

    def render(self, record: FindingRecord) -> SafeString:
        badge = marks.status(status_key(record))
        if record.triage == "open":
            return badge
        decided = "accepted" if record.triage in {"accepted", "false_positive"} else "running"
        return format_html("{} {}", badge, marks.status(decided, triage_label(record.triage)))

    def value(self, record: FindingRecord) -> str:
        return f"{status_key(record)}, {triage_label(record.triage).lower()}"


class SelectColumn(tables.Column):
    """A box to choose a finding for what is decided below the table."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"verbose_name": "Select", "orderable": False, "exclude_from_export": True, **options})

    def render(self, record: FindingRecord) -> SafeString:
        return format_html(
            '<label class="pl-select"><input type="checkbox" name="finding" form="decide" value="{}">'
            '<span class="visually-hidden">Select {}</span></label>',
            record.finding_id,
            display_name(record.resource_name, record.resource_type),
        )


CHOOSABLE = {
    "reason": "Why",
    "account": "Account",
    "region": "Region",
    "opened_at": "Age",
    "state": "State",
    "owner": "Owner",
}
"""Columns that people may choose; the others are what makes a row a finding."""


class FindingTable(Table):
    """One row per finding; `owners` names each account's owners, by primary key."""

    is_swept_data = True
    row_link = ("findings:detail", {"finding_id": "finding_id"})
    caption = "Findings"
    severity = NamedSeverityColumn()
    check_id = tables.Column(verbose_name="Check")
    problem = tables.Column(accessor="title", visible=False, orderable=False)
    resource_name = ResourceColumn(verbose_name="Resource")
    reason = tables.Column(verbose_name="Why", visible=False)
    account = AccountColumn()
    region = tables.Column(attrs=ONE_LINE)
    opened_at = AgeColumn(verbose_name="Age", attrs=ONE_LINE)
    state = FindingStateColumn(empty_values=(), order_by=("status", "triage"))
    owner = tables.Column(empty_values=(), orderable=False)
    select = SelectColumn(empty_values=())

    class Meta(Table.Meta):
        order_by = ("-severity", "opened_at")
        empty_text = "Nothing is wrong here, as far as we could see and as it is filtered."

    owners: Mapping[int, list[str]] = {}
    listed: str | None = None
    """The query of the list, which a finding's page needs to know the next one; None where it is no such list."""

    @cached_property
    def positions(self) -> Mapping[int, int]:
        """The position in the list of each finding of the page."""
        first = self.page.start_index()
        return {row.record.finding_id: first + n for n, row in enumerate(self.paginated_rows)}

    def row_url(self, record: FindingRecord) -> str:
        """Return the finding's page, which leads on to the next one of the list."""
        if self.listed is None:
            return super().row_url(record)
        position, query = self.positions[record.finding_id], self.listed or None
        return url_in_scope(
            self.request, "findings:detail", {"finding_id": record.finding_id}, list=query, place=position
        )

    def choose_columns(self, names: Sequence[str]) -> None:
        """Show the chosen optional columns; without names, the default ones."""
        for name in CHOOSABLE if names else ():
            (self.columns.show if name in names else self.columns.hide)(name)

    @cached_property
    def flapping(self) -> AbstractSet[int]:
        """Findings that come and go."""
        return queries.flapping(scope_of(self.request))

    def render_check_id(self, value: str, record: FindingRecord) -> SafeString:
        """Return the problem, and say that it comes and goes."""
        return format_html("{} {}", record.title, marks.flapping() if record.finding_id in self.flapping else "")

    def value_check_id(self, value: str) -> str:
        """Export its id, which does not change."""
        return value

    def render_owner(self, record: FindingRecord) -> str:
        """Return the assignee, or else the owners of the account."""
        return record.assignee_name or ", ".join(self.owners.get(record.account_id, ())) or "no owner"


class CheckFindingTable(CardTable, FindingTable):
    """The first findings of one check, on its own page."""

    class Meta(CardTable.Meta, FindingTable.Meta):
        per_page = 10


def keys(scope: Scope) -> Mapping[str, Key]:
    """Return the sort keys of encoded rows; the database orders by name."""
    return {
        "severity": WordKey("severity", int),
        "check_id": WordKey("check"),
        "region": WordKey("region"),
        "account__name": account_key(scope),
        "opened_at": lambda rows: rows.at,
        "status": WordKey("sight", lambda word: "unknown" if word == "unknown" else "fail"),
        "triage": WordKey("triage"),
    }


class CheckTable(Table):
    """One row per check that fails or is unknown: one fix, and its reach."""

    is_swept_data = True
    caption = "Findings by fix"
    check_id = tables.Column(verbose_name="Check", visible=False, orderable=False)
    title = tables.Column(verbose_name="Problem", empty_values=(), order_by="check_id")
    # Accounts that are not swept come after all others, in a band of their own.
    severity = SeverityColumn(order_by=("is_swept", "severity"))
    resources = NumberColumn(verbose_name="Findings")
    failed = NumberColumn(verbose_name="Fail")
    unknown = NumberColumn(verbose_name="Unknown")
    accounts = NumberColumn(verbose_name="Accounts")
    oldest = AgeColumn(verbose_name="Open for", attrs=ONE_LINE)
    late = NumberColumn(verbose_name="Late")
    fresh = NumberColumn(verbose_name="New")
    points = NumberColumn(verbose_name="Points")

    class Meta(Table.Meta):
        order_by = ("-severity", "-points", "-resources")
        empty_text = FindingTable.Meta.empty_text
        per_page = 15

    def value_title(self, record: Mapping[str, Any]) -> str:
        """Export the problem, or that it could not be checked."""
        return counted_title(record["check_id"], failed=record["failed"], unknown=record["unknown"])

    def value_points(self, value: float) -> str:
        """Export points of the score in hundredths."""
        return f"{value:.2f}"
