"""Counts what moved between two dates, by account, type and check, and keeps what was counted.

Counting reads every version that began or ended in the period, which are millions in a large organization. So
the counts are kept in pieces of some accounts each, under where these accounts stand: an account that is
recorded makes its own piece be counted anew and no other, and a period that ended before it makes none. The
pieces hold nothing of the user: which of them are asked for is the scope's to say.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from posture.history.read import keeping
from posture.history.read.keeping import SECONDS
from posture.history.record.findings import FOUND
from posture.history.scope import Scope

PIECE = 25
"""Accounts of one piece: their keys lie next to each other."""

Subject = Literal["resources", "findings", "finding_types"]
Counts = dict[Any, dict[str, int]]
"""By key, and within it by kind of change."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How much moved: by account, and by what else the subject is told apart by.

    That is the type for resources and for `finding_types`, and (check, severity) for findings.
    """

    by_account: Counts
    by_other: Counts

    @property
    def total(self) -> Counter[str]:
        """How much of each kind in all."""
        total: Counter[str] = Counter()
        for counts in self.by_account.values():
            total.update(counts)
        return total


def moved(scope: Scope, subject: Subject, since: datetime, until: datetime) -> Moved:
    """Return what moved after `since` and up to `until`."""
    pieces = {number: list(pks) for number, pks in groupby(sorted(scope.account_pks), lambda pk: pk // PIECE)}
    if len(scope.accounts) < keeping.LARGE:
        return _together(_counted(subject, scope.account_pks, since, until).values())
    keys = _keys(scope, pieces, subject, since, until)
    whole = _key(*keys.values())
    with suppress(RedisError):  # without the cache everything is counted each time, and the site's strip says so
        known: Moved | None = cache.get(whole)
        if known is not None:
            return known
    made = _together(_pieces(subject, since, until, pieces, keys))
    with suppress(RedisError):
        cache.set(whole, made, SECONDS)
    return made


def _pieces(
    subject: Subject, since: datetime, until: datetime, pieces: Mapping[int, Sequence[int]], keys: Mapping[int, str]
) -> Iterable[Moved]:
    """Return the pieces, those that are not kept counted together."""
    found: dict[str, Moved] = {}
    with suppress(RedisError):
        found = cache.get_many(keys.values())
    missing = [number for number, key in keys.items() if key not in found]
    if missing:
        counted = _counted(subject, [pk for number in missing for pk in pieces[number]], since, until)
        fresh = {keys[number]: counted.get(number, Moved({}, {})) for number in missing}
        with suppress(RedisError):
            cache.set_many(fresh, SECONDS)
        found |= fresh
    return found.values()


def _keys(
    scope: Scope, pieces: Mapping[int, Sequence[int]], subject: Subject, since: datetime, until: datetime
) -> dict[int, str]:
    """Return under which key each piece is kept.

    What a period holds of resources is settled for an account that was recorded at its end or later, for older
    results are left out. What is open of findings follows the latest severity, so that theirs never settles.
    """
    start, oldest = reach(scope.account_pks, since)
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, [scope.account_pks])
        last = dict(cursor.fetchall())
    database = connection.settings_dict
    common = (keeping.code(), database["HOST"], database["NAME"], subject, start, oldest)
    settles = subject == "resources"
    ends = {pk: (min(at, until), None if settles else at) for pk, at in last.items()}
    return {number: _key(common, [(pk, ends.get(pk)) for pk in pks]) for number, pks in pieces.items()}


def reach(account_pks: Sequence[int], since: datetime) -> tuple[datetime | None, str | None]:
    """Return the last instant up to `since` at which anything was recorded, and how far back the details reach."""
    with connection.cursor() as cursor:
        cursor.execute(_REACH, {"accounts": list(account_pks), "since": since})
        start, oldest = cursor.fetchone()
    return start, oldest


def _key(*parts: object) -> str:
    return f"plumbline:moved:{hashlib.sha256(repr(parts).encode()).hexdigest()}"


def _counted(subject: Subject, account_pks: Sequence[int], since: datetime, until: datetime) -> dict[int, Moved]:
    """Count the pieces of some accounts, by number."""
    counted: dict[int, Moved] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTING[subject],
            {"accounts": list(account_pks), "since": since, "until": until, "piece": PIECE},
        )
        for account_pk, number, other, kind, count in cursor.fetchall():
            piece = counted.setdefault(account_pk // PIECE if account_pk is not None else number, Moved({}, {}))
            counts, key = (piece.by_account, account_pk) if account_pk is not None else (piece.by_other, other)
            counts.setdefault(tuple(key) if isinstance(key, list) else key, {})[kind] = count
    return counted


def _together(pieces: Iterable[Moved]) -> Moved:
    whole = Moved({}, {})
    for piece in pieces:
        whole.by_account.update(piece.by_account)
        for key, counts in piece.by_other.items():
            mine = whole.by_other.setdefault(key, {})
            for kind, count in counts.items():
                mine[kind] = mine.get(kind, 0) + count
    return whole


_STANDS = "SELECT account_id, last_at FROM history_accountstate WHERE account_id = ANY(%s) AND last_at IS NOT NULL"

_REACH = """
SELECT greatest((SELECT max(as_of) FROM history_snapshot WHERE as_of <= %(since)s),
                (SELECT max(p.at) FROM unnest(%(accounts)s::bigint[]) a (id), LATERAL (
                    SELECT at FROM history_accountpoint
                    WHERE account_id = a.id AND at <= %(since)s ORDER BY at DESC LIMIT 1) p)),
       (SELECT min(c.relname) FILTER (WHERE i.inhparent = 'history_version_closed'::regclass)
               || min(c.relname) FILTER (WHERE i.inhparent = 'history_finding_closed'::regclass)
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE NOT i.inhdetachpending)
"""
"""The last instant up to `since` at which anything was recorded, so that a start that moves with the clock makes no
difference; and how far back the details reach."""

# A resource has one version that stood at the start and ended since, and one that stands at the end and began since,
# if any. What lies between them is read only where it came and went.
_RESOURCES = """
SELECT account_id, piece, type, kind, count(*) FROM (
    SELECT coalesce(s.account_id, e.account_id) AS account_id, coalesce(s.type, e.type) AS type,
           coalesce(s.account_id, e.account_id) / %(piece)s AS piece,
           CASE WHEN s.resource_id IS NULL THEN 'added'
                WHEN e.resource_id IS NULL THEN 'removed'
                WHEN s.hash = e.hash THEN 'same'
                WHEN s.known = e.known THEN 'sight'
                ELSE 'changed' END AS kind
    FROM (
        SELECT resource_id, account_id, type, hash, coalesce(known_hash, hash) AS known
        FROM history_version_closed
        WHERE account_id = ANY(%(accounts)s)
          AND valid_from <= %(since)s AND valid_to > %(since)s AND valid_to <= %(until)s
    ) s FULL JOIN (
        SELECT resource_id, account_id, type, hash, coalesce(known_hash, hash) AS known
        FROM history_version
        WHERE account_id = ANY(%(accounts)s) AND valid_from > %(since)s AND valid_from <= %(until)s
        UNION ALL
        SELECT resource_id, account_id, type, hash, coalesce(known_hash, hash)
        FROM history_version_closed
        WHERE account_id = ANY(%(accounts)s)
          AND valid_from > %(since)s AND valid_from <= %(until)s AND valid_to > %(until)s
    ) e ON e.resource_id = s.resource_id
    UNION ALL
    SELECT account_id, type, account_id / %(piece)s, 'passing' FROM (
        SELECT DISTINCT resource_id, account_id, type
        FROM history_version_closed
        WHERE account_id = ANY(%(accounts)s) AND close_reason <> 'changed'
          AND valid_from > %(since)s AND valid_to > %(since)s AND valid_to <= %(until)s
    ) p
    WHERE NOT EXISTS (SELECT FROM history_version_closed s WHERE s.resource_id = p.resource_id
                      AND s.valid_from <= %(since)s AND s.valid_to > %(since)s)
      AND NOT EXISTS (SELECT FROM history_version e WHERE e.resource_id = p.resource_id AND e.valid_from <= %(until)s)
      AND NOT EXISTS (SELECT FROM history_version_closed e WHERE e.resource_id = p.resource_id
                      AND e.valid_from <= %(until)s AND e.valid_to > %(until)s)
) each GROUP BY GROUPING SETS ((account_id, kind), (piece, type, kind))
"""

# What the first snapshot of all found did not begin to fail then.
_EVENTS = f"""
    SELECT account_id, resource_id, check_id, severity,
           CASE WHEN reopened > 0 THEN 'reopened' ELSE 'opened' END AS kind
    FROM history_finding
    WHERE closed_at IS NULL AND status = 'fail' AND account_id = ANY(%(accounts)s)
      AND opened_at > %(since)s AND opened_at <= %(until)s AND (reopened > 0 OR open_reason <> '{FOUND}')
    UNION ALL
    SELECT account_id, resource_id, check_id, severity, CASE WHEN reopened > 0 THEN 'reopened' ELSE 'opened' END
    FROM history_finding_closed
    WHERE status = 'fail' AND account_id = ANY(%(accounts)s) AND closed_at > %(since)s
      AND opened_at > %(since)s AND opened_at <= %(until)s AND (reopened > 0 OR open_reason <> '{FOUND}')
    UNION ALL
    SELECT account_id, resource_id, check_id, severity, 'resolved'
    FROM history_finding_closed
    WHERE status = 'fail' AND account_id = ANY(%(accounts)s) AND closed_at > %(since)s AND closed_at <= %(until)s
"""  # noqa: S608 - a constant

_FINDINGS = f"""
SELECT account_id, piece, CASE WHEN account_id IS NULL THEN ARRAY[check_id, severity::text] END, kind, count(*)
FROM (SELECT *, account_id / %(piece)s AS piece FROM ({_EVENTS}) e) each
GROUP BY GROUPING SETS ((account_id, kind), (piece, check_id, severity, kind))
"""  # noqa: S608 - constants

_FINDING_TYPES = f"""
SELECT account_id, piece, type, kind, count(*)
FROM (SELECT e.account_id, r.type, e.kind, e.account_id / %(piece)s AS piece
      FROM ({_EVENTS}) e JOIN history_resource r ON r.id = e.resource_id) each
GROUP BY GROUPING SETS ((account_id, kind), (piece, type, kind))
"""  # noqa: S608 - constants

_COUNTING: Mapping[Subject, str] = {
    "resources": _RESOURCES, "findings": _FINDINGS, "finding_types": _FINDING_TYPES,
}  # fmt: skip
