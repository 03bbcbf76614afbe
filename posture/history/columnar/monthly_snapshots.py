"""Keeps the lives of findings and resources (`lives.py`) by month, so that no past date is read from the store again.

What is recorded of the past is settled, for results are taken in the order of their dates: a month holds for ever,
and the current one is brought to where the accounts stand after each sweep, by what a sweep has moved. Two things the
store itself rewrites: by new rules open findings get another severity, and by another scheme of classification what
stands another level. An account that was
judged by other rules since, or rated anew, is read anew. The store decides: both tables may
be emptied at any time, and are filled again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import psycopg
from django.db import connection, transaction

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
from posture.history.tuning import tuning

LOCK = 0x706C756D65
"""Of the advisory lock under which lives are written."""
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AccountReach:
    """An account's last result; and a digest of the rules that judged it, with when they last rated what was open."""

    at: datetime
    rules: str


@dataclass(frozen=True, slots=True)
class IntervalSubject:
    """Whose lives: a name of `IntervalLog.Subject`, and the dimensions of their cells."""

    name: str
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntervalUpdate:
    """What takes the place of what is kept: from a month on, for some accounts or some numbers."""

    since: datetime
    lives: IntervalRows
    account_pks: Collection[int]
    numbers: Numbers


def extend(subjects: Iterable[IntervalSubject], account_pks: Iterable[int]) -> None:
    """Bring what is kept of some accounts to where they stand; done twice, it changes nothing."""
    with hold_lock(LOCK):
        for piece, pks in split_into_shards(account_pks, tuning.monthly_snapshot_shard_accounts):
            for subject in subjects:
                with transaction.atomic():
                    _extend(subject, piece, pks)


def extend_one(subjects: Iterable[IntervalSubject], account_pks: Iterable[int]) -> bool:
    """Bring the first piece that is behind to where its accounts stand; return whether there was one, and nobody at it.

    What was done stays done, whatever becomes of the rest.
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
    """Return whether any of the accounts stands further on than what is kept of it."""
    parts = list(split_into_shards(account_pks, tuning.monthly_snapshot_shard_accounts))
    return any(_is_behind(subject, piece, pks) for subject in subjects for piece, pks in parts)


def _is_behind(subject: IntervalSubject, piece: int, account_pks: Sequence[int]) -> bool:
    known = _known(IntervalLog.objects.filter(piece=piece, subject=subject.name).first())
    stands = _reaches(account_pks)
    return any(
        pk not in known or known[pk].rules != each.rules or known[pk].at < each.at for pk, each in stands.items()
    )


def load_rows_at(
    subject: IntervalSubject, account_pks: Sequence[int], at: datetime, having: tuple[str, str] | None = None
) -> tuple[EncodedRows, list[int]]:
    """Return what stood in accounts at an instant, by account and number; and the accounts that are not told of.

    With `having`, a dimension and a word of it, what has that word alone is returned.
    """
    oldest = oldest_month()
    if oldest is not None and at < oldest:
        return select_at_instant(subject.dimensions, [], at), list(account_pks)
    found = _read(subject, account_pks, at)
    told = {pk for mine, _ in found for pk in mine or ()}
    months = [(packed, mine) for mine, packed in found if mine and packed is not None]
    return select_at_instant(subject.dimensions, months, at, having), [pk for pk in account_pks if pk not in told]


def _reaches(account_pks: Iterable[int]) -> dict[int, AccountReach]:
    """Return where accounts stand; those of which nothing is recorded are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHES, [list(account_pks)])
        return {pk: AccountReach(last, rules) for pk, last, rules in cursor.fetchall()}


def _known(kept: IntervalLog | None) -> dict[int, AccountReach]:
    return dict(zip(kept.accounts, map(AccountReach, kept.upto, kept.rules), strict=True)) if kept else {}


def _extend(subject: IntervalSubject, piece: int, account_pks: Sequence[int]) -> None:
    kept = IntervalLog.objects.filter(piece=piece, subject=subject.name).first()
    known = _known(kept)
    # Asked before what happened: up to there it is settled, whatever is recorded meanwhile.
    stands = _reaches(account_pks)
    anew = [pk for pk, stand in stands.items() if pk not in known or known[pk].rules != stand.rules]
    further = [pk for pk in stands.keys() - set(anew) if known[pk].at < stands[pk].at]
    months = IntervalLogMonth.objects.filter(piece=piece, subject=subject.name)
    if kept is None:
        months.delete()
    begun = list(months.values_list("month", flat=True))
    moved = [*_anew(subject, anew, known, begun), *_further(subject, further, known)]
    _write(subject, piece, moved, max((_first(stand.at) for stand in stands.values()), default=LONG_AGO))
    # The last month up to where the store's details begin tells how that one began, if nothing happened in it.
    needed = months.filter(month__lte=oldest_month() or LONG_AGO).order_by("-month").values("month")[:1]
    months.filter(month__lt=needed).delete()
    if anew or further:
        known |= {pk: stands[pk] for pk in (*anew, *further)}
        fields = {
            "accounts": list(known),
            "upto": [each.at for each in known.values()],
            "rules": [each.rules for each in known.values()],
        }
        IntervalLog.objects.update_or_create(piece=piece, subject=subject.name, defaults=fields)


def _anew(
    subject: IntervalSubject, account_pks: Sequence[int], known: Mapping[int, AccountReach], kept: Sequence[datetime]
) -> Iterator[IntervalUpdate]:
    """Yield all that is known of accounts of which nothing is kept, or nothing that holds still."""
    oldest = oldest_month() or LONG_AGO
    lives = (
        load_intervals(subject.name, subject.dimensions, IntervalRequest(oldest, account_pks)) if account_pks else None
    )
    months = [*kept] if known.keys() & set(account_pks) else []
    if lives is not None and len(lives):
        months.append(_first(from_micros(int(lives.start.min()))))
    if lives is not None and months:
        yield IntervalUpdate(max(oldest, min(months)), lives, set(account_pks), np.zeros(0, np.int64))


def _further(
    subject: IntervalSubject, account_pks: Sequence[int], known: Mapping[int, AccountReach]
) -> Iterator[IntervalUpdate]:
    """Yield what a sweep has moved in accounts that stand further on than what is kept."""
    if account_pks:
        after = min(known[pk].at for pk in account_pks)
        resources = list_touched_resources(account_pks, after)
        lives = load_intervals(subject.name, subject.dimensions, IntervalRequest(_first(after), (), resources))
        ids = np.array(resources, np.int64)
        # A finding stays with its resource, and is among those that were read if it is kept.
        yield IntervalUpdate(
            _first(after), lives, (), ids if subject.name == IntervalLog.Subject.RESOURCES else lives.rows.number
        )


def _write(subject: IntervalSubject, piece: int, moved: Sequence[IntervalUpdate], last: datetime) -> None:
    """Write the months from the first that something moved in up to another, and those that others have begun since."""
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
                whole = merge_intervals(subject.dimensions, [rest, each.lives.within(month, after)])
        IntervalLogMonth.objects.update_or_create(
            piece=piece, subject=subject.name, month=month, defaults={"rows": whole.pack()}
        )
        month = after


def _read(
    subject: IntervalSubject, account_pks: Sequence[int], at: datetime
) -> list[tuple[Sequence[int] | None, bytes | None]]:
    """Return by piece the accounts that are told of as of an instant, and its month; the bytes travel as such.

    By one statement, so that what is kept, how far it reaches and where the accounts stand belong together.
    """
    asked = {"subject": subject.name, "accounts": array(account_pks), "at": at}
    asked["pieces"] = array(sorted({pk // tuning.monthly_snapshot_shard_accounts for pk in account_pks}))
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_READ, asked, binary=True)
        rows: list[tuple[Sequence[int] | None, bytes | None]] = cursor.fetchall()
        return rows


def _first(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


_RULES = "concat_ws(' ', md5(s.rules), date_part('epoch', s.rerated_at))"

_REACHES = f"""
SELECT account_id, last_at, {_RULES} FROM history_accountstate s
WHERE account_id = ANY(%s) AND last_at IS NOT NULL ORDER BY account_id
"""  # noqa: S608 - constants

_READ = f"""
SELECT t.told, m.rows
FROM history_intervallog l CROSS JOIN LATERAL (
    SELECT array_agg(k.id) AS told FROM unnest(l.accounts, l.upto, l.rules) k (id, upto, rules)
    JOIN history_accountstate s ON s.account_id = k.id
    WHERE k.id = ANY(%(accounts)s::bigint[]) AND k.rules = {_RULES} AND least(s.last_at, %(at)s) <= k.upto
) t LEFT JOIN LATERAL (
    SELECT rows FROM history_intervallogmonth m
    WHERE m.piece = l.piece AND m.subject = l.subject AND m.month <= %(at)s ORDER BY m.month DESC LIMIT 1
) m ON true
WHERE l.subject = %(subject)s AND l.piece = ANY(%(pieces)s::bigint[]) ORDER BY l.piece
"""  # noqa: S608 - constants
