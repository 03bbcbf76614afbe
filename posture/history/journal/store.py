"""Writes the journal at the end of a snapshot, and reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import psycopg
from django.db import connection, transaction

from posture.history.journal.columns import Columns, by_month, joined, unpack
from posture.history.journal.events import LONG_AGO, Span, Subject, happened
from posture.history.models import Journal, JournalMonth
from posture.history.partitions import oldest_month
from posture.history.record.bulk import fetch

PIECE = 250
"""Accounts of one piece: their keys lie next to each other."""
FEW = 10
"""Accounts below which the store itself is counted: that is quicker than reading the journal of all around them."""
LOCK = 0x706C756D64
"""Of the advisory lock under which the journal is written."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an account stands: recorded last, and when the severity of open findings was last changed."""

    last_at: datetime
    rerated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Journaled:
    """What is journaled of one piece in some months: up to where, by account, and the events in the order of time."""

    subject: Subject
    upto: Mapping[int, datetime]
    months: Sequence[Columns]


def extend(account_pks: Iterable[int]) -> None:
    """Bring the journal of some accounts to where they stand; done twice, it changes nothing."""
    with _alone():
        for piece, pks in _pieces(account_pks):
            for subject in Subject:
                with transaction.atomic():
                    _extend(piece, subject, pks)


def journaled(
    subject: Subject, account_pks: Iterable[int], since: datetime, until: datetime
) -> Iterator[tuple[list[int], Journaled]]:
    """Yield some accounts and what is journaled of them from the month of `since` to that of `until`, by piece."""
    for piece, pks in _pieces(account_pks):
        yield pks, _read(piece, subject, since, until)


def gathered(
    subject: Subject, account_pks: Sequence[int], since: datetime, until: datetime
) -> Iterator[Sequence[Columns]]:
    """Yield the events after `since` and up to `until`, piece by piece, those in time order that are journaled first.

    Further ones of their months may be among them.
    """
    standing = stands(account_pks)
    few = [(list(account_pks), Journaled(subject, {}, []))]
    for pks, known in journaled(subject, account_pks, since, until) if len(account_pks) >= FEW else few:
        spans = not_journaled(known, pks, standing, since, until)
        yield [*known.months, happened(subject, spans)] if spans else known.months


def not_journaled(
    known: Journaled, account_pks: Iterable[int], standing: Mapping[int, Stand], since: datetime, until: datetime
) -> list[Span]:
    """Return what of a period the journal does not hold, account by account."""
    spans = [
        Span(pk, max(since, known.upto.get(pk, LONG_AGO)), min(until, standing[pk].last_at))
        for pk in account_pks
        if pk in standing
    ]
    return [span for span in spans if span.after < span.upto]


def stands(account_pks: Sequence[int]) -> dict[int, Stand]:
    """Return where accounts stand; those of which nothing is recorded are left out."""
    rows = fetch(_STANDS, [list(account_pks)])
    return {pk: Stand(last, rerated) for pk, last, rerated in rows}


def forget_before(month: datetime) -> None:
    """Drop the months before that of `month`: what they count is not listed any more."""
    JournalMonth.objects.filter(month__lt=_first(month)).delete()


def _pieces(account_pks: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
    for piece, pks in groupby(sorted(account_pks), lambda pk: pk // PIECE):
        yield piece, list(pks)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time write."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _extend(piece: int, subject: Subject, account_pks: Sequence[int]) -> None:
    journal = Journal.objects.filter(piece=piece, subject=subject).first()
    known = dict(zip(journal.accounts, journal.upto, strict=True)) if journal else {}
    # Asked before the events: up to there they are settled, whatever is recorded meanwhile.
    standing = stands(account_pks)
    again = [pk for pk, stand in standing.items() if pk in known and is_rerated(stand, known[pk], subject)]
    if again:
        _strike(piece, subject, again)
        known = {pk: upto for pk, upto in known.items() if pk not in again}
    oldest = (oldest_month() or LONG_AGO) - timedelta(microseconds=1)
    spans = [
        Span(pk, known.get(pk, oldest), stand.last_at)
        for pk, stand in standing.items()
        if known.get(pk, oldest) < stand.last_at
    ]
    if not spans:
        return
    for month, events in by_month(happened(subject, spans)).items():
        _add(piece, subject, month, events)
    known |= {span.account_pk: span.upto for span in spans}
    Journal.objects.update_or_create(
        piece=piece, subject=subject, defaults={"accounts": list(known), "upto": list(known.values())}
    )


def is_rerated(stand: Stand, upto: datetime, subject: Subject) -> bool:
    """Tell whether findings that were journaled as open have another severity since."""
    return subject is Subject.FINDINGS and stand.rerated_at is not None and stand.rerated_at > upto


def _strike(piece: int, subject: Subject, account_pks: Sequence[int]) -> None:
    """Take accounts out of the journal."""
    for row in JournalMonth.objects.filter(piece=piece, subject=subject):
        events = _events(row)
        _save(piece, subject, row.month, events.chosen(~events.of_accounts(account_pks)))


def _add(piece: int, subject: Subject, month: datetime, events: Columns) -> None:
    row = JournalMonth.objects.filter(piece=piece, subject=subject, month=month).first()
    _save(piece, subject, month, joined([_events(row), events]) if row else events)


def _events(row: JournalMonth) -> Columns:
    return unpack(row.instants, row.counts, row.accounts, row.names, row.layout, row.rows, bytes(row.columns))


def _save(piece: int, subject: Subject, month: datetime, events: Columns) -> None:
    layout, packed = events.pack()
    defaults: dict[str, Any] = {
        "instants": events.moments(),
        "counts": events.counts.tolist(),
        "accounts": events.accounts.tolist(),
        "names": list(events.names),
        "layout": layout,
        "rows": len(events),
        "columns": packed,
    }
    JournalMonth.objects.update_or_create(piece=piece, subject=subject, month=month, defaults=defaults)


def _read(piece: int, subject: Subject, since: datetime, until: datetime) -> Journaled:
    """Read a piece by one statement, so that its columns and how far they reach belong together."""
    asked = {"piece": piece, "subject": subject.value, "since": _first(since), "until": until}
    rows = _fetch_binary(_READ, asked)
    if not rows:
        return Journaled(subject, {}, [])
    accounts, upto = rows[0][:2]
    months = [unpack(*row[2:]) for row in rows if row[2] is not None]
    return Journaled(subject, dict(zip(accounts, upto, strict=True)), months)


def _fetch_binary(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a query whose bytes travel as such: as text they would be twice as many."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, parameters, binary=True)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _first(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


_STANDS = """
SELECT account_id, last_at, rerated_at FROM history_accountstate WHERE account_id = ANY(%s) AND last_at IS NOT NULL
"""

_READ = """
SELECT j.accounts, j.upto, m.instants, m.counts, m.accounts, m.names, m.layout, m.rows, m.columns
FROM history_journal j LEFT JOIN history_journalmonth m
  ON m.piece = j.piece AND m.subject = j.subject AND m.month >= %(since)s AND m.month <= %(until)s
WHERE j.piece = %(piece)s AND j.subject = %(subject)s
ORDER BY m.month
"""
