"""The tables of sweeps, of the accounts in one, and of gaps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from posture.core.gap import ANY
from posture.drawing import durations
from posture.history.query import AccountSweep, AnyGap, Snapshot
from posture.pages.sweeps import causes
from posture.pages.sweeps.charts import accounts_words
from posture.web.cards import CardTable
from posture.web.columns import AccountColumn, DayColumn, NumberColumn
from posture.web.scoping import url_in_scope
from posture.web.templatetags import marks, words

State = AccountSweep.State
LOOKS = {
    State.QUEUED: ("not_applicable", "clock"),
    State.RUNNING: ("running", ""),
    State.DONE: ("pass", ""),
    State.REFUSED: ("fail", ""),
    State.FAILED: ("fail", ""),
    State.CANCELLED: ("not_applicable", ""),
    State.SKIPPED: ("unknown", ""),
}
SNAPSHOTS = {
    Snapshot.State.RUNNING: "running",
    Snapshot.State.COMPLETE: "pass",
    Snapshot.State.CANCELLED: "not_applicable",
    Snapshot.State.FAILED: "fail",
}

PLAIN, WIDE = {"td": {"class": "pl-card-plain"}}, {"td": {"class": "pl-card-plain pl-card-wide"}}
WIDE_SCREEN = {"cell": {"class": "pl-number pl-card-none"}}
"""How cells look where rows are cards: without heading, on a line of their own, left out."""


class TookColumn(NumberColumn):
    """How long something took, as a bar where the table knows its longest.

    Exported in seconds.
    """

    def render(self, value: timedelta, table: Any) -> str | SafeString:  # type: ignore[override]  # another number
        longest: timedelta | None = getattr(table, "longest", None)
        if not longest:
            return words.short(value)
        bar = durations.length_bar(value / longest, f"{words.short(value)} of at most {words.short(longest)}")
        return format_html('<span class="pl-with-bar">{}{}</span>', bar, words.short(value))

    def value(self, value: timedelta) -> float:
        return round(value.total_seconds(), 1)


class MomentColumn(tables.Column):
    """A time to the minute; exported as ISO 8601."""

    def render(self, value: Any) -> SafeString:
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), words.moment(value))

    def value(self, value: Any) -> str:
        return str(value.isoformat())


class SweepTable(CardTable):
    """Sweeps, newest first."""

    caption = "Sweeps"
    row_link = ("sweeps:detail", {"pk": "pk"})
    as_of = MomentColumn(verbose_name="As of")
    title = tables.Column("Started by", empty_values=(), order_by="trigger", attrs=PLAIN)
    state = tables.Column("State", visible=False)
    accounts = tables.Column("Result", accessor="pk", orderable=False, attrs=WIDE)
    took = TookColumn(verbose_name="Took")
    resources = NumberColumn()
    calls = NumberColumn()
    gaps = NumberColumn()

    class Meta(CardTable.Meta):
        order_by = "-as_of"
        empty_text = "No sweep."

    def __init__(self, data: Any, **options: Any) -> None:
        super().__init__(data, **options)
        self.longest = max((one.took for one in data if one.took), default=timedelta())

    def render_title(self, value: str, record: Snapshot) -> str | SafeString:
        """Name who or what started it; in a simulation, its step."""
        return value or format_html('<span class="pl-quiet">{}</span>', started_by(record))

    def value_title(self, value: str, record: Snapshot) -> str:
        """Export the same words."""
        return value or started_by(record)

    def value_state(self, record: Snapshot) -> str:
        """Export the words."""
        return record.get_state_display()

    def render_accounts(self, record: Any) -> SafeString:
        """Draw how many accounts were read, marking failed ones and incomplete sweeps."""
        counts = [(record.refused, "refused"), (record.failed, "failed")]
        unread = ", ".join(f"{words.figure(count)} {noun}" for count, noun in counts if count)
        state = Snapshot.State(record.state)
        marked = [
            marks.status(SNAPSHOTS[state], record.get_state_display()) if state != Snapshot.State.COMPLETE else "",
            marks.status("fail", unread) if unread else "",
            format_html('<span class="pl-quiet">{} not swept</span>', words.figure(record.skipped))
            if record.skipped
            else "",
        ]
        return format_html('<span class="pl-result">{}<span>{} read</span>{}</span>', _share_bar(record),
                           words.figure(record.done or 0), format_html_join("", "{}", ((one,) for one in marked)),
                           )  # fmt: skip

    def value_accounts(self, record: Any) -> str:
        """Export the counts."""
        return (
            f"{record.done or 0} done, {record.refused or 0} refused, {record.failed or 0} failed, "
            f"{record.skipped or 0} not swept, {record.cancelled or 0} cancelled"
        )

    def render_gaps(self, value: int) -> str | SafeString:
        """Mark that something was not seen."""
        return marks.status("unknown", words.figure(value)) if value else "0"


def _share_bar(record: Any) -> SafeString:
    counts = [record.done or 0, (record.refused or 0) + (record.failed or 0), record.cancelled or 0,
              record.skipped or 0]  # fmt: skip
    total = sum(counts)
    if not total:
        return SafeString()
    read, unread, cancelled, skipped = (count / total for count in counts)
    return durations.share_bar(read, unread, cancelled, skipped, accounts_words(record))


def started_by(snapshot: Snapshot) -> str:
    """Word who or what started a sweep."""
    if snapshot.requested_by is not None:
        return f"{snapshot.requested_by.get_full_name() or snapshot.requested_by.username}"
    return {
        Snapshot.Trigger.SCHEDULE: "The schedule",
        Snapshot.Trigger.ONBOARDING: "The connection of the organization",
        Snapshot.Trigger.SIMULATION: "A step of the simulation",
    }.get(Snapshot.Trigger(snapshot.trigger), "A person who has left")


class PartTable(CardTable):
    """The accounts of a sweep: what needs somebody first."""

    caption = "Accounts in this sweep"
    account = AccountColumn()
    state = tables.Column("Result", order_by=("is_failed", "account__name"), attrs=WIDE)
    took = TookColumn(verbose_name="Took")
    call_count = NumberColumn(verbose_name="Calls")
    retries = NumberColumn(attrs=WIDE_SCREEN)
    throttles = NumberColumn(verbose_name="Throttled", attrs=WIDE_SCREEN)
    resource_count = NumberColumn(verbose_name="Resources")
    gap_count = NumberColumn(verbose_name="Gaps")

    class Meta(CardTable.Meta):
        order_by = "state"
        empty_text = "None of your accounts is in this sweep."

    def __init__(self, data: Any, *, snapshot: Snapshot, **options: Any) -> None:
        super().__init__(data, **options)
        self.snapshot = snapshot

    def render_state(self, record: AccountSweep) -> SafeString:
        """Badge it, with the reason below."""
        badge = marks.status(LOOKS[State(record.state)][0], record.get_state_display())
        again = format_html(' <span class="pl-quiet">attempt {}</span>', record.attempt) if record.attempt > 1 else ""
        if not record.reason:
            return format_html("{}{}", badge, again)
        return format_html('{}{}<p class="pl-reason">{}</p>', badge, again, record.reason)

    def value_state(self, record: AccountSweep) -> str:
        """Export the words and the reason."""
        return f"{record.get_state_display()}: {record.reason}" if record.reason else record.get_state_display()

    def render_gap_count(self, value: int, record: AccountSweep) -> str | SafeString:
        """Mark that something was not seen, and lead to what."""
        if not value:
            return "0"
        query = {"account_id": record.account.account_id, "as_of": self.snapshot.as_of.isoformat()}
        url = url_in_scope(self.request, "sweeps:gaps", None, **query)
        return format_html('<a href="{}">{}</a>', url, marks.status("unknown", words.figure(value)))


class GapTable(CardTable):
    """Each gap by itself."""

    caption = "Gaps"
    account = AccountColumn()
    region = tables.Column()
    resource_type = tables.Column("Type")
    action = tables.Column()
    reason = tables.Column("Why", attrs=WIDE)
    error = tables.Column("Error", visible=False)
    remedy = tables.Column("How to fix it", visible=False)
    request_id = tables.Column("AWS request id", visible=False)
    resources = NumberColumn(verbose_name="Resources", empty_values=())
    opened_at = DayColumn(verbose_name="Since")

    class Meta(CardTable.Meta):
        order_by = "account"
        per_page = 25
        empty_text = "No gap."

    def render_region(self, value: str) -> str:
        """Name every region as such."""
        return "every region" if value == ANY else value

    def render_resource_type(self, value: str) -> str:
        """Name every type as such."""
        return "everything" if value == ANY else value

    def render_action(self, value: str) -> SafeString:
        """Set it as code."""
        return format_html("<code>{}</code>", value)

    def value_action(self, value: str) -> str:
        """Export the action alone."""
        return value

    def render_resources(self, value: int | None) -> SafeString | str:
        """Show of how many resources a field is missing; of a listing that is unknown."""
        return words.figure(value) if value is not None else format_html('<span class="pl-quiet">{}</span>', "unknown")

    def value_resources(self, value: int | None) -> int | str:
        """Export the number, nothing for a listing."""
        return "" if value is None else value

    def render_reason(self, value: str, record: AnyGap) -> SafeString:
        """Render the reason, with AWS's error code, message and request id."""
        labelled = '<span class="pl-id pl-below">request {}</span>'
        request = format_html(labelled, record.request_id) if record.request_id else ""
        return format_html(
            '{} <code class="pl-below" title="{}">{}</code>{}',
            causes.words(record.reason), record.message, record.error, request,
        )  # fmt: skip

    def value_reason(self, record: AnyGap) -> str:
        """Export the words."""
        return causes.words(record.reason)

    def value_error(self, value: str, record: AnyGap) -> str:
        """Export both."""
        return f"{value}: {record.message}" if record.message else value
