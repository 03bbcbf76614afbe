"""Monthly snapshots of validity intervals, so that past dates need no store reads.

What is recorded of the past is settled, since results are taken in the order of their dates: a past month never
changes, and the current one is updated after each sweep by what the sweep changed. The store itself rewrites two
things: new rules give open findings another severity, and a new classification scheme gives current resources another
level. An account that was judged by other rules since, or rated again, is read again. The store decides: both tables
may be emptied at any time, and are filled again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import psycopg
from django.db import connection, transaction
from psycopg.sql import SQL

from posture.history.columnar.encoded_rows import EncodedRows, Numbers, from_micros
from posture.history.columnar.interval_loader import IntervalRequest, list_touched_resources, load_intervals
from posture.history.columnar.shards import hold_lock, split_into_shards, try_lock
from posture.history.columnar.validity_intervals import (
    IntervalRows,
    make_empty,
    merge_intervals,
    select_at_instant,
    unpack_intervals,
)
from posture.history.models import IntervalLog, IntervalLogMonth
from posture.history.models.lookups import array
from posture.history.partitions import next_month, oldest_month
from posture.history.statements import load_statement
from posture.history.tuning import tuning

LOCK = 0x706C756D65
"""Of the advisory lock under which intervals are written."""
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

_RULES = SQL("concat_ws(' ', md5(s.rules), date_part('epoch', s.rerated_at))")
_REACHES = load_statement(__file__, "account_reaches", rules=_RULES)
"""Account, last result, and digest of the rules."""
_INTERVALS_AT = load_statement(__file__, "intervals_at", rules=_RULES)
"""The covered accounts of each shard, and its month of an instant."""


@dataclass(frozen=True, slots=True)
class AccountReach:
    """An account's last result, and a digest of the rules that judged it.

    The digest includes when the rules last rated what was open.
    """

    at: datetime
    rules: str


@dataclass(frozen=True, slots=True)
class IntervalSubject:
    """Subject of the intervals: a name of `IntervalLog.Subject`, and its dimensions."""

    name: str
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntervalUpdate:
    """Replaces what is kept from a month on, for some accounts or some numbers."""

    since: datetime
    intervals: IntervalRows
    account_pks: Collection[int]
    numbers: Numbers


def extend(subjects: Iterable[IntervalSubject], account_pks: Iterable[int]) -> None:
    """Bring the snapshots of some accounts up to their last results; idempotent."""
    with hold_lock(LOCK):
        for piece, pks in split_into_shards(account_pks, tuning.monthly_snapshot_shard_accounts):
            for subject in subjects:
                with transaction.atomic():
                    _extend(subject, piece, pks)


def extend_one(subjects: Iterable[IntervalSubject], account_pks: Iterable[int]) -> bool:
    """Update the first shard that is behind; return whether there was one.

    Also False where another process is writing. What was done stays done, whatever happens to the rest.
    """
    with try_lock(LOCK) as is_free:
        parts = list(split_into_shards(account_pks, tuning.monthly_snapshot_shard_accounts)) if is_free else []
        for subject in subjects:
            for piece, pks in parts:
                if _is_behind(subject, piece, pks):
                    with transaction.atomic():
                        _extend(subject, piece, pks)
                    return True
    return False


def is_behind(subjects: Iterable[IntervalSubject], account_pks: Iterable[int]) -> bool:
    """Return True where an account has results that its snapshots lack."""
    parts = list(split_into_shards(account_pks, tuning.monthly_snapshot_shard_accounts))
    return any(_is_behind(subject, piece, pks) for subject in subjects for piece, pks in parts)


def _is_behind(subject: IntervalSubject, piece: int, account_pks: Sequence[int]) -> bool:
    known = _known(IntervalLog.objects.filter(piece=piece, subject=subject.name).first())
    reaches = _reaches(account_pks)
    return any(
        pk not in known or known[pk].rules != each.rules or known[pk].at < each.at for pk, each in reaches.items()
    )


def load_rows_at(
    subject: IntervalSubject, account_pks: Sequence[int], at: datetime, having: tuple[str, str] | None = None
) -> tuple[EncodedRows, list[int]]:
    """Return the rows at an instant, by account and number, and uncovered accounts.

    With `having`, a dimension and a word of it, only rows with that word are returned.
    """
    oldest = oldest_month()
    if oldest is not None and at < oldest:
        return select_at_instant(subject.dimensions, [], at), list(account_pks)
    found = _read(subject, account_pks, at)
    covered = {pk for mine, _ in found for pk in mine or ()}
    months = [(packed, mine) for mine, packed in found if mine and packed is not None]
    return select_at_instant(subject.dimensions, months, at, having), [pk for pk in account_pks if pk not in covered]


def _reaches(account_pks: Iterable[int]) -> dict[int, AccountReach]:
    """Return the reach of each account; those without any record are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHES, [list(account_pks)])
        return {pk: AccountReach(last, rules) for pk, last, rules in cursor.fetchall()}


def _known(kept: IntervalLog | None) -> dict[int, AccountReach]:
    return dict(zip(kept.accounts, map(AccountReach, kept.upto, kept.rules), strict=True)) if kept else {}


def _extend(subject: IntervalSubject, piece: int, account_pks: Sequence[int]) -> None:
    kept = IntervalLog.objects.filter(piece=piece, subject=subject.name).first()
    known = _known(kept)
    # Asked before what happened: up to there it is settled, whatever is recorded meanwhile.
    reaches = _reaches(account_pks)
    replaced = [pk for pk, reach in reaches.items() if pk not in known or known[pk].rules != reach.rules]
    further = [pk for pk in reaches.keys() - set(replaced) if known[pk].at < reaches[pk].at]
    months = IntervalLogMonth.objects.filter(piece=piece, subject=subject.name)
    if kept is None:
        months.delete()
    begun = list(months.values_list("month", flat=True))
    moved = [*_replace_accounts(subject, replaced, known, begun), *_update_accounts(subject, further, known)]
    _write(subject, piece, moved, max((_first(reach.at) for reach in reaches.values()), default=LONG_AGO))
    # The last month up to where the store's details begin has the state at their beginning, if nothing happened in it.
    needed = months.filter(month__lte=oldest_month() or LONG_AGO).order_by("-month").values("month")[:1]
    months.filter(month__lt=needed).delete()
    if replaced or further:
        known |= {pk: reaches[pk] for pk in (*replaced, *further)}
        fields = {
            "accounts": list(known),
            "upto": [each.at for each in known.values()],
            "rules": [each.rules for each in known.values()],
        }
        IntervalLog.objects.update_or_create(piece=piece, subject=subject.name, defaults=fields)


def _replace_accounts(
    subject: IntervalSubject, account_pks: Sequence[int], known: Mapping[int, AccountReach], kept: Sequence[datetime]
) -> Iterator[IntervalUpdate]:
    """Yield the intervals of accounts with no snapshots, or only outdated ones."""
    oldest = oldest_month() or LONG_AGO
    intervals = (
        load_intervals(subject.name, subject.dimensions, IntervalRequest(oldest, account_pks)) if account_pks else None
    )
    months = [*kept] if known.keys() & set(account_pks) else []
    if intervals is not None and len(intervals):
        months.append(_first(from_micros(int(intervals.start.min()))))
    if intervals is not None and months:
        yield IntervalUpdate(max(oldest, min(months)), intervals, set(account_pks), np.zeros(0, np.int64))


def _update_accounts(
    subject: IntervalSubject, account_pks: Sequence[int], known: Mapping[int, AccountReach]
) -> Iterator[IntervalUpdate]:
    """Yield what a sweep changed in accounts whose snapshots are behind."""
    if account_pks:
        after = min(known[pk].at for pk in account_pks)
        resources = list_touched_resources(account_pks, after)
        intervals = load_intervals(subject.name, subject.dimensions, IntervalRequest(_first(after), (), resources))
        ids = np.array(resources, np.int64)
        # A finding stays with its resource, and is among those that were read if it is kept.
        yield IntervalUpdate(
            _first(after),
            intervals,
            (),
            ids if subject.name == IntervalLog.Subject.RESOURCES else intervals.rows.number,
        )


def _write(subject: IntervalSubject, piece: int, moved: Sequence[IntervalUpdate], last: datetime) -> None:
    """Write the months from the first changed one up to `last`, or the last one kept."""
    months = IntervalLogMonth.objects.filter(piece=piece, subject=subject.name)
    if not moved:
        return
    last = max([last, *months.order_by("-month").values_list("month", flat=True)[:1]])
    month = min(each.since for each in moved)
    before = months.filter(month__lt=month).order_by("-month").first()
    whole = unpack_intervals(bytes(before.rows)) if before else make_empty(subject.dimensions)
    while month <= last:
        after = next_month(month)
        row = months.filter(month=month).first()
        whole = unpack_intervals(bytes(row.rows)) if row else whole.within(month, after)
        for each in moved:
            if each.since <= month:
                rest = whole.without(each.account_pks, each.numbers)
                whole = merge_intervals(subject.dimensions, [rest, each.intervals.within(month, after)])
        IntervalLogMonth.objects.update_or_create(
            piece=piece, subject=subject.name, month=month, defaults={"rows": whole.pack()}
        )
        month = after


def _read(
    subject: IntervalSubject, account_pks: Sequence[int], at: datetime
) -> list[tuple[Sequence[int] | None, bytes | None]]:
    """Return the covered accounts by shard, and the packed month of an instant.

    The bytes travel unescaped.
    """
    asked = {"subject": subject.name, "accounts": array(account_pks), "at": at}
    asked["pieces"] = array(sorted({pk // tuning.monthly_snapshot_shard_accounts for pk in account_pks}))
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_INTERVALS_AT, asked, binary=True)
        rows: list[tuple[Sequence[int] | None, bytes | None]] = cursor.fetchall()
        return rows


def _first(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
