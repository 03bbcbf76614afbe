"""The entry point of the column store; chooses between event log and rows.

No other module makes that choice.

The event log answers for many accounts at once, and not for all of them at all times. It is left alone where few
accounts are asked for (rows are quicker), and where details of the period have been dropped. A single account is left
out where the log is far behind its last sweep, or where the severity of what was logged as open has changed since.
Whatever is left out is named as `uncovered`: its rows have to be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Organization
from posture.history.account_versions import account_versions
from posture.history.columnar import current_snapshot, event_log
from posture.history.columnar.cohort_replay import Bands, keep_last_events, replay_cohort
from posture.history.columnar.current_snapshot import (
    FAILING,
    lacks_present,
    load_open_findings,
    load_resources,
    load_resources_of_type,
)
from posture.history.columnar.encoded_rows import (
    Codes,
    EncodedRows,
    FilteredRows,
    Mask,
    Numbers,
    RowGroup,
    encode_rows,
    from_micros,
    group_rows,
    rank_values,
    rank_words,
    select_top,
    to_micros,
)
from posture.history.columnar.event_columns import EventColumns, shrink
from posture.history.columnar.event_log import (
    LoggedEvents,
    RecordedState,
    forget_before,
    iterate_shards,
    load_recorded_states,
)
from posture.history.columnar.event_reader import (
    LONG_AGO,
    NOT_DONE,
    SEEN_SECONDS,
    SEPARATOR,
    EventSpan,
    Subject,
    load_events,
)
from posture.history.columnar.finding_durations import DurationSummary, summarize_durations
from posture.history.columnar.period_counts import (
    FINDING_KINDS,
    NO_CHANGES,
    RESOURCE_KINDS,
    ChangeRows,
    EventTotals,
    MonthTotals,
    add_finding_events,
    add_resource_events,
    count_actions,
    join_change_rows,
    select_findings,
    select_resources,
)
from posture.history.columnar.severity_counts import count_events_of_severity
from posture.history.columnar.shards import split_into_shards
from posture.history.models import Snapshot
from posture.history.partitions import oldest_month
from posture.history.scope import Scope
from posture.history.tuning import tuning

__all__ = [
    "FAILING",
    "FINDING_KINDS",
    "NOT_DONE",
    "NO_CHANGES",
    "RESOURCE_KINDS",
    "SEEN_SECONDS",
    "SEPARATOR",
    "Bands",
    "ChangeRows",
    "Codes",
    "CohortEvents",
    "DurationSummary",
    "EncodedRows",
    "EventColumns",
    "EventTotals",
    "FilteredRows",
    "Mask",
    "Numbers",
    "PeriodEvents",
    "RowGroup",
    "Subject",
    "add_finding_events",
    "add_resource_events",
    "count_actions",
    "count_events_of_severity",
    "encode_rows",
    "extend",
    "extend_missing",
    "forget_before",
    "from_micros",
    "group_rows",
    "is_forgotten",
    "is_missing",
    "iterate_cohort",
    "iterate_endings",
    "iterate_period",
    "join_change_rows",
    "keep_last_events",
    "lacks_present",
    "load_open_findings",
    "load_opening_events",
    "load_resources",
    "load_resources_of_type",
    "rank_values",
    "rank_words",
    "replay_cohort",
    "select_findings",
    "select_resources",
    "select_top",
    "shrink",
    "split_into_shards",
    "summarize_durations",
    "to_micros",
    "warm_up",
]


@dataclass(frozen=True, slots=True)
class PeriodEvents:
    """Events of a shard of accounts in a period, and the accounts to read from rows.

    Months that were counted as they were logged come as `summed` where that was asked for.
    """

    accounts: Sequence[int]
    months: Sequence[EventColumns]
    summed: Sequence[MonthTotals]
    uncovered: Sequence[int]


@dataclass(frozen=True, slots=True)
class CohortEvents:
    """Input of `replay_cohort` for a shard: counts at the start, and episodes."""

    accounts: Sequence[int]
    tallies: Sequence[EventColumns]
    episodes: Sequence[EventColumns]
    uncovered: Sequence[int]


def iterate_period(
    subject: Subject, account_pks: Sequence[int], since: datetime, until: datetime, *, summed: bool = False
) -> Iterator[PeriodEvents]:
    """Yield the events after `since` and up to `until`, shard by shard."""
    if not _is_log_of_use(account_pks, since):
        yield PeriodEvents((), (), (), account_pks)
        return
    states = load_recorded_states(account_pks)
    for pks in iterate_shards(account_pks):
        yield _load_period(subject, pks, states, since, until, summed=summed)


def iterate_cohort(account_pks: Sequence[int], since: datetime, until: datetime) -> Iterator[CohortEvents]:
    """Yield counts at `since` and episodes up to `until`, shard by shard."""
    if not _is_log_of_use(account_pks, since):
        yield CohortEvents((), (), (), account_pks)
        return
    states = load_recorded_states(account_pks)
    for pks in iterate_shards(account_pks):
        tallies = event_log.read_check_counts_at(pks, since)
        episodes = event_log.read_events(Subject.EPISODES, pks, since, until)
        missing, behind = _split_missing(episodes, pks, states, since, until)
        behind |= {pk for pk in pks if pk in states and tallies.upto.get(pk, LONG_AGO) < since}
        near = [pk for pk in pks if pk in states and pk not in behind]
        missing = [span for span in missing if span.account_pk not in behind]
        yield CohortEvents(near, tallies.months, _with_events(episodes, missing), sorted(behind))


def iterate_endings(account_pks: Sequence[int], since: datetime, until: datetime) -> Iterator[Sequence[EventColumns]]:
    """Yield how findings ended after `since` and up to `until`, shard by shard.

    No account is left uncovered.

    What is not logged is made of rows. Events of other accounts may be among them.
    """
    states = load_recorded_states(account_pks)
    is_logged = _are_many(account_pks)
    for pks in iterate_shards(account_pks) if is_logged else [list(account_pks)]:
        known = LoggedEvents(Subject.ENDINGS, {}, [])
        if is_logged:
            known = event_log.read_events(Subject.ENDINGS, pks, since, until)
        yield _with_events(known, event_log.list_missing_spans(known, pks, states, since, until))


def load_opening_events(scope: Scope, subject: Subject, at: datetime) -> tuple[list[EventColumns], list[int]]:
    """Return events that end in the state at an instant, and the uncovered accounts.

    The last event of each account and name is its state.

    Events of these and of other accounts may be among them.
    """
    if not _is_log_of_use(scope.account_pks, at):
        return [], list(scope.account_pks)
    recorded = {pk: last_at for pk, (last_at, *_) in account_versions(scope).items() if last_at is not None}
    months, uncovered = list[EventColumns](), list[int]()
    for pks, known in event_log.read_opening_events(subject, scope.account_pks, at):
        # An account's last result is not logged yet: decisions of people may still change it.
        left_out = [pk for pk in pks if pk in recorded and known.upto.get(pk, LONG_AGO) < min(at, recorded[pk])]
        uncovered += left_out
        if len(left_out) < len(pks):
            months += known.months
    return months, uncovered


def extend(account_pks: Sequence[int]) -> None:
    """Bring the event log of some accounts up to date, where it is ever read.

    Idempotent.
    """
    if _are_many(account_pks):
        event_log.extend(account_pks)


def warm_up(organization: Organization) -> None:
    """Encode what a sweep has changed, so that no reader waits for it."""
    current_snapshot.warm_up(organization)


def extend_missing(organization: Organization) -> bool:
    """Encode one more shard of the past that is read from rows; False if none is left.

    Each is some accounts of one subject with all their months, in a transaction of its own.
    """
    return event_log.extend_one(_logged_accounts(organization)) or current_snapshot.extend_one(organization)


def is_missing(organization: Organization) -> bool:
    """Return True while past dates are read from rows: correct, but slow.

    That is so after an upgrade.
    """
    return event_log.is_missing(_logged_accounts(organization)) or current_snapshot.lacks_past(organization)


def _logged_accounts(organization: Organization) -> list[int]:
    pks = list(organization.accounts.values_list("pk", flat=True))
    return pks if _are_many(pks) else []


def _is_log_of_use(account_pks: Sequence[int], since: datetime) -> bool:
    return _are_many(account_pks) and not is_forgotten(since)


def _are_many(account_pks: Sequence[int]) -> bool:
    """Return True where reading the event log of all accounts beats reading rows.

    The log is read for all accounts around the given ones.
    """
    return len(account_pks) >= tuning.event_log_min_accounts


def is_forgotten(since: datetime) -> bool:
    """Return True where retention has dropped details of what was current at a date."""
    oldest = oldest_month()
    return oldest is not None and since < oldest and Snapshot.objects.filter(as_of__lt=oldest).exists()


def _load_period(
    subject: Subject,
    account_pks: Sequence[int],
    states: Mapping[int, RecordedState],
    since: datetime,
    until: datetime,
    *,
    summed: bool,
) -> PeriodEvents:
    known = event_log.read_events(subject, account_pks, since, until, summed=summed)
    missing, behind = _split_missing(known, account_pks, states, since, until)
    if behind and known.summed:  # sums hold the accounts that are left out as well
        return _load_period(subject, account_pks, states, since, until, summed=False)
    uncovered = sorted(behind)
    months = [events.select(~events.of_accounts(uncovered)) for events in known.months] if behind else known.months
    fresh = [load_events(subject, missing)] if missing else []
    return PeriodEvents(account_pks, [*months, *fresh], known.summed, uncovered)


def _split_missing(
    known: LoggedEvents,
    account_pks: Sequence[int],
    states: Mapping[int, RecordedState],
    since: datetime,
    until: datetime,
) -> tuple[list[EventSpan], set[int]]:
    """Return the spans to read from rows, and the accounts the log cannot serve."""
    spans = event_log.list_missing_spans(known, account_pks, states, since, until)
    behind = {span.account_pk for span in spans if span.upto - span.after > tuning.event_log_max_lag}
    behind |= {
        pk
        for pk in account_pks
        if pk in states and event_log.is_rerated(states[pk], known.upto.get(pk, LONG_AGO), known.subject)
    }
    return [span for span in spans if span.account_pk not in behind], behind


def _with_events(known: LoggedEvents, missing: Iterable[EventSpan]) -> Sequence[EventColumns]:
    spans = list(missing)
    return [*known.months, load_events(known.subject, spans)] if spans else known.months
