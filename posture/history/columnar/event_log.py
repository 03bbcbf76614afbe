"""Writes the event log at the end of a snapshot, and reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q

from posture.history.binary_queries import fetch_binary
from posture.history.columnar.cohort_replay import keep_last_events, move_to_instant
from posture.history.columnar.event_columns import MICROSECOND, EventColumns, join_events, split_by_month, unpack_events
from posture.history.columnar.event_reader import LONG_AGO, OPENS, EventSpan, Subject, load_events
from posture.history.columnar.period_counts import MonthTotals, sum_events
from posture.history.columnar.shards import hold_lock, split_into_shards, try_lock
from posture.history.models import AccountState, EventLog, EventLogMonth
from posture.history.partitions import oldest_month
from posture.history.statements import load_part, load_statement
from posture.history.tuning import tuning

LOCK = 0x706C756D64
"""Of the advisory lock under which the event log is written."""

_STATES = """
SELECT account_id, last_at, rerated_at FROM history_accountstate
WHERE account_id = ANY(%(accounts)s) AND last_at IS NOT NULL
"""
_MONTHS = load_statement(__file__, "months_of_log")
_SAVE_MONTH = load_statement(__file__, "save_month")
_INSIDE = {"inside": load_part(__file__, "events_inside"), "columns": load_part(__file__, "columns_inside")}
_OPENING_EVENTS = load_statement(__file__, "opening_events", **_INSIDE)
"""Shards, how far they reach, and their last month at a date up to then."""
_LOGGED_EVENTS = load_statement(__file__, "logged_events", **_INSIDE)
"""How far a shard reaches, and its months as far as a period holds them: totals, or else columns."""


@dataclass(frozen=True, slots=True)
class RecordedState:
    """An account's last record, and the last change of its open findings' severity."""

    last_at: datetime
    rerated_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoggedEvents:
    """Logged events of one shard in some months, oldest first, and its end by account."""

    subject: Subject
    upto: Mapping[int, datetime]
    months: Sequence[EventColumns]
    summed: Sequence[MonthTotals] = ()
    """The counts of months inside the period, where every account is asked for."""


def extend(account_pks: Iterable[int]) -> None:
    """Bring the event log of some accounts up to their last records; idempotent."""
    with hold_lock(LOCK):
        for piece, pks in split_into_shards(account_pks, tuning.event_log_shard_accounts):
            for subject in Subject:
                with transaction.atomic():
                    _extend(piece, subject, pks)


def extend_one(account_pks: Iterable[int]) -> bool:
    """Log the first shard that lacks a subject; return whether there was one.

    Also False where another process is writing.
    """
    with try_lock(LOCK) as is_free:
        parts = dict(split_into_shards(account_pks, tuning.event_log_shard_accounts)) if is_free else {}
        for piece, subject in _missing(parts):
            with transaction.atomic():
                _extend(piece, subject, parts[piece])
            return True
    return False


def is_missing(account_pks: Iterable[int]) -> bool:
    """Return True where a subject of an account with a history is not logged at all."""
    return bool(_missing(dict(split_into_shards(account_pks, tuning.event_log_shard_accounts))))


def _missing(parts: Mapping[int, Sequence[int]]) -> list[tuple[int, Subject]]:
    rows = EventLog.objects.filter(piece__in=parts).values_list("piece", "subject", "accounts")
    known = {(piece, subject): set(accounts) for piece, subject, accounts in rows}
    states = AccountState.objects.filter(account__in=[pk for pks in parts.values() for pk in pks])
    # What was recorded last before the details begin is not logged at all.
    there = set(states.filter(last_at__gt=oldest_month() or LONG_AGO).values_list("account_id", flat=True))
    return [
        (piece, subject)
        for subject in Subject
        for piece, pks in parts.items()
        if there.intersection(pks) - known.get((piece, subject.value), set())
    ]


def iterate_shards(account_pks: Iterable[int]) -> Iterator[list[int]]:
    """Yield accounts that are logged together."""
    return (pks for _, pks in split_into_shards(account_pks, tuning.event_log_shard_accounts))


def read_events(
    subject: Subject, account_pks: Sequence[int], since: datetime, until: datetime, *, summed: bool = False
) -> LoggedEvents:
    """Return the log after `since` and up to `until` of one shard's accounts.

    Events of other accounts of the shard may be among them.

    With `summed`, months inside the period come as counts alone.
    """
    return _read(account_pks, subject, since, until, summed=summed)


def list_missing_spans(
    known: LoggedEvents,
    account_pks: Iterable[int],
    states: Mapping[int, RecordedState],
    since: datetime,
    until: datetime,
) -> list[EventSpan]:
    """Return what of a period the event log does not hold, account by account."""
    spans = [
        EventSpan(pk, max(since, known.upto.get(pk, LONG_AGO)), min(until, states[pk].last_at))
        for pk in account_pks
        if pk in states
    ]
    return [span for span in spans if span.after < span.upto]


def load_recorded_states(account_pks: Sequence[int]) -> dict[int, RecordedState]:
    """Return the accounts' recorded states; those without any record are left out."""
    rows = fetch_binary(_STATES, {"accounts": list(account_pks)})
    return {pk: RecordedState(last, rerated) for pk, last, rerated in rows}


def forget_before(month: datetime) -> None:
    """Drop the months before that of `month`: what they count is not listed any more.

    Of `OPENS`, the last of these months stays where no later one has the state at the beginning of `month`.
    """
    limit = _first(month)
    old = EventLogMonth.objects.filter(month__lt=limit)
    later = EventLogMonth.objects.filter(
        piece=OuterRef("piece"), subject=OuterRef("subject"), month__gt=OuterRef("month"), month__lte=limit
    )
    old.filter(~Q(subject__in=OPENS) | Exists(later)).delete()


def _extend(piece: int, subject: Subject, account_pks: Sequence[int]) -> None:
    journal = EventLog.objects.filter(piece=piece, subject=subject).first()
    known = dict(zip(journal.accounts, journal.upto, strict=True)) if journal else {}
    # Asked before the events: up to there they are settled, whatever is recorded meanwhile.
    states = load_recorded_states(account_pks)
    again = [pk for pk, state in states.items() if pk in known and is_rerated(state, known[pk], subject)]
    if again:
        _remove_accounts(piece, subject, again)
        known = {pk: upto for pk, upto in known.items() if pk not in again}
    if subject is Subject.FINDINGS:
        for month in EventLogMonth.objects.filter(piece=piece, subject=subject, totals=None).values_list(
            "month", flat=True
        ):
            _save(piece, subject, month, _months(piece, subject, month, month)[month])
    oldest = (oldest_month() or LONG_AGO) - timedelta(microseconds=1)
    spans = [
        EventSpan(pk, known.get(pk, oldest), _get_settled_time(subject, state), is_first=pk not in known)
        for pk, state in states.items()
        if known.get(pk, oldest) < _get_settled_time(subject, state)
    ]
    if not spans:
        return
    months = split_by_month(load_events(subject, spans))
    if subject in OPENS:
        _add_opened(piece, subject, months, are_known=not any(span.is_first for span in spans))
    else:
        for month, events in months.items():
            _add(piece, subject, month, events)
    known |= {span.account_pk: span.upto for span in spans}
    EventLog.objects.update_or_create(
        piece=piece, subject=subject, defaults={"accounts": list(known), "upto": list(known.values())}
    )


def _get_settled_time(subject: Subject, state: RecordedState) -> datetime:
    """Return until when a subject is settled.

    Decisions of people still change the last sweep's check counts and practices.
    """
    return state.last_at - MICROSECOND if subject in OPENS else state.last_at


def is_rerated(state: RecordedState, upto: datetime, subject: Subject) -> bool:
    """Return True where findings logged as open have got another severity since."""
    return subject is Subject.FINDINGS and state.rerated_at is not None and state.rerated_at > upto


def _remove_accounts(piece: int, subject: Subject, account_pks: Sequence[int]) -> None:
    """Take accounts out of the event log."""
    for month, events in _months(piece, subject, LONG_AGO).items():
        _save(piece, subject, month, events.select(~events.of_accounts(account_pks)))


def _add(piece: int, subject: Subject, month: datetime, events: EventColumns) -> None:
    known = _months(piece, subject, month, month)
    _save(piece, subject, month, join_events([known[month], events]) if known else events)


def _add_opened(piece: int, subject: Subject, months: Mapping[datetime, EventColumns], *, are_known: bool) -> None:
    """Add events to their months; each month opens with the state at its beginning.

    So one month alone has all that is current at any instant of it.
    """
    if not months:
        return
    first = min(months)
    kept = EventLogMonth.objects.filter(piece=piece, subject=subject)
    last = kept.filter(month__lte=first).aggregate(last=Max("month"))["last"] or first
    if last == first and not are_known:
        last = kept.filter(month__lt=first).aggregate(last=Max("month"))["last"] or first
    rows = _months(piece, subject, last)
    opening: EventColumns | None = None
    if not (are_known and first in rows):
        before = [month for month in rows if month < first]
        opening = keep_last_events(rows[max(before)]) if before else None
    for month in sorted({month for month in rows if month >= first} | set(months)):
        opens_at = month - MICROSECOND
        known = [rows[month]] if month in rows else []
        if opening is not None:
            known = [move_to_instant(opening, opens_at), *(each.after(opens_at) for each in known)]
        whole = join_events([*known, *([months[month]] if month in months else [])])
        _save(piece, subject, month, whole)
        opening = keep_last_events(whole)


def read_check_counts_at(account_pks: Sequence[int], at: datetime) -> LoggedEvents:
    """Return the events that end in one shard's check counts at an instant."""
    return next(known for _, known in read_opening_events(Subject.TALLIES, account_pks, at))


def read_opening_events(
    subject: Subject, account_pks: Iterable[int], at: datetime
) -> list[tuple[list[int], LoggedEvents]]:
    """Return events that end in the state at an instant, by shard, in one query.

    They are those of its month up to then, which opens with the state at its beginning.
    """
    parts = dict(split_into_shards(account_pks, tuning.event_log_shard_accounts))
    asked = {"pieces": list(parts), "subject": subject.value, "since": LONG_AGO, "until": at}
    found = {piece: LoggedEvents(subject, {}, []) for piece in parts}
    for piece, accounts, upto, instants, counts, pks, names, layout, number, columns in _stream(_OPENING_EVENTS, asked):
        months = [unpack_events(instants, counts, pks, names, layout, number, columns)] if number else []
        found[piece] = LoggedEvents(subject, dict(zip(accounts, upto, strict=True)), months)
    return [(pks, found[piece]) for piece, pks in parts.items()]


def _months(
    piece: int, subject: Subject, first: datetime, last: datetime | None = None
) -> dict[datetime, EventColumns]:
    """Return the log of a shard from one month to another, or the last, oldest first."""
    asked = {"piece": piece, "subject": subject.value, "first": first, "last": last}
    return {month.astimezone(UTC): unpack_events(*packed) for month, *packed in fetch_binary(_MONTHS, asked)}


def _save(piece: int, subject: Subject, month: datetime, events: EventColumns) -> None:
    layout, packed = events.pack()
    # Django's cursors would write the bytes out as twice as many in the statement.
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            _SAVE_MONTH,
            {
                "piece": piece,
                "subject": subject.value,
                "month": month,
                "instants": events.moments(),
                "counts": events.counts.tolist(),
                "accounts": events.accounts.tolist(),
                "names": list(events.names),
                "layout": layout,
                "rows": len(events),
                "columns": packed,
                "totals": sum_events(events) if subject is Subject.FINDINGS else None,
            },
        )


def _read(
    account_pks: Sequence[int], subject: Subject, since: datetime, until: datetime, *, summed: bool
) -> LoggedEvents:
    """Read a shard by one statement, so that its columns and their reach agree."""
    asked = {
        "piece": account_pks[0] // tuning.event_log_shard_accounts,
        "subject": subject.value,
        "accounts": list(account_pks),
        "month": _first(since),
        "since": since,
        "until": until,
        "summed": summed,
    }
    rows = _stream(_LOGGED_EVENTS, asked)
    if not rows:
        return LoggedEvents(subject, {}, [])
    accounts, upto = rows[0][:2]
    months, sums = [], []
    for _, _, instants, counts, pks, names, layout, number, totals, columns in rows:
        if totals is not None:
            sums.append(MonthTotals(np.array(pks, np.int64), tuple(names), totals))
        elif number:
            months.append(unpack_events(instants, counts, pks, names, layout, number, columns))
    return LoggedEvents(subject, dict(zip(accounts, upto, strict=True)), months, sums)


def _stream(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a query row by row.

    Columns take tens of megabytes, which would be held as a whole, and copied from there.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return list(cursor.stream(sql, parameters, binary=True))


def _first(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
