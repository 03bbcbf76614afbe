"""Counts resources by type as of a date, from roll-ups or from their versions.

Roll-ups answer where they are complete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from posture.history.ingest.stored_state import FORMAT
from posture.history.models import AccountPoint, TypePoint
from posture.history.scope import Scope

Counts = dict[str, tuple[int, int]]
"""By type: how many there are, and how many of them are unreadable."""


def count_types_at(scope: Scope, at: datetime | None) -> Counts:
    """Return the counts as of an instant; None means now.

    Now, a resource that was missed once is not unreadable yet.
    """
    return (_load_rollup(scope, at) if scope.is_whole_organization else None) or count_by_type(scope.account_pks, at)


def _load_rollup(scope: Scope, at: datetime | None) -> Counts | None:
    """Return the last roll-up's counts; None where they are outdated or incomplete."""
    points = TypePoint.objects.filter(organization=scope.organization)
    since = AccountPoint.objects.filter(account_id__in=scope.account_pks)
    if at is not None:
        points, since = points.filter(at__lte=at), since.filter(at__lte=at)
    last = points.order_by("-at").values_list("at", flat=True).first()
    if last is None or since.filter(at__gt=last).exists():
        return None
    rows = TypePoint.objects.filter(organization=scope.organization, at=last).values_list("type", "count", "unseen")
    if at is None and any(unseen for _, _, unseen in rows):
        return None  # the roll-up cannot distinguish what a gap hides from what was missed once
    return {kind: (count, unseen) for kind, count, unseen in rows}


def count_by_type(account_pks: Sequence[int], at: datetime | None) -> Counts:
    """Return the counts of accounts.

    Identities are read only where something was ever unreadable.
    """
    where = {"accounts": list(account_pks), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS_NOW if at is None else _COUNTS, where)
        return {kind: (count, unseen) for kind, count, unseen in cursor.fetchall()}


def count_by_type_lately(account_pks: Sequence[int], at: datetime) -> Counts:
    """Return the counts as `count_by_type` does, faster for a recent `at`.

    Each account keeps its current number of each type, which is that of `at` where nothing was recorded since. Of
    others, current resources are counted within an index, and later changes are looked up.
    """
    where: dict[str, Any] = {"accounts": list(account_pks), "at": at}
    total = Counter[str]()
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED_ACCOUNTS, where | {"form": FORMAT})
        counted = [pk for (pk,) in cursor.fetchall()]
        others = sorted({*account_pks} - {*counted})
        for sql, pks in ((_COUNTED, counted), (_RECENT, others)):
            if pks:
                cursor.execute(sql, where | {"accounts": pks})
                total.update(dict(cursor.fetchall()))
        cursor.execute(_UNSEEN, where)
        unseen = dict(cursor.fetchall())
    return {kind: (count, unseen.get(kind, 0)) for kind, count in total.items()}


# A worker of the release before, should one still run, leaves another form behind, and does not count.
_COUNTED_ACCOUNTS = """
SELECT account_id FROM history_accountstate
WHERE account_id = ANY(%(accounts)s) AND last_at <= %(at)s AND types IS NOT NULL
  AND substr(fingerprint, 1, 1) = %(form)s
"""
_COUNTED = """
SELECT type, sum(count::bigint)::bigint
FROM history_accountstate s, jsonb_each_text(s.types) t (type, count)
WHERE account_id = ANY(%(accounts)s) GROUP BY type
"""

_EXISTING_NOW = "SELECT type, count(*) FROM history_version WHERE account_id = ANY(%(accounts)s) GROUP BY type"

_EXISTING = """
SELECT type, sum(count)::bigint FROM (
    SELECT type, count(*) FROM history_version
    WHERE account_id = ANY(%(accounts)s) AND valid_from <= %(at)s GROUP BY type
    UNION ALL
    SELECT type, count(*) FROM history_version_closed
    WHERE account_id = ANY(%(accounts)s) AND valid_to > %(at)s AND valid_from <= %(at)s GROUP BY type
) each GROUP BY type
"""

_RECENT = """
SELECT type, sum(count)::bigint FROM (
    SELECT type, count(*) FROM history_version WHERE account_id = ANY(%(accounts)s) GROUP BY type
    UNION ALL
    SELECT type, -count(*) FROM history_version
    WHERE account_id = ANY(%(accounts)s) AND valid_from > %(at)s GROUP BY type
    UNION ALL
    SELECT type, count(*) FROM history_version_closed
    WHERE account_id = ANY(%(accounts)s) AND valid_to > %(at)s AND valid_from <= %(at)s GROUP BY type
) each GROUP BY type HAVING sum(count) > 0
"""

_UNSEEN_NOW = """
SELECT type, count(*) FROM history_resource
WHERE account_id = ANY(%(accounts)s) AND (unseen_since IS NOT NULL OR unseen_periods IS NOT NULL)
  AND gone_at IS NULL AND unseen_since IS NOT NULL AND missed_at IS NULL
GROUP BY type
"""

_UNSEEN = """
SELECT r.type, count(*) FROM history_resource r
WHERE account_id = ANY(%(accounts)s) AND (unseen_since IS NOT NULL OR unseen_periods IS NOT NULL)
  AND (unseen_since <= %(at)s OR history_since(unseen_periods, %(at)s) IS NOT NULL)
  AND (EXISTS (SELECT FROM history_version v WHERE v.resource_id = r.id AND v.valid_from <= %(at)s)
       OR EXISTS (SELECT FROM history_version_closed v
                  WHERE v.resource_id = r.id AND v.valid_to > %(at)s AND v.valid_from <= %(at)s))
GROUP BY r.type
"""

_BOTH = """
SELECT s.type, s.count, coalesce(u.count, 0)
FROM ({existing}) s (type, count) LEFT JOIN ({unseen}) u (type, count) USING (type)
"""
_COUNTS_NOW = _BOTH.format(existing=_EXISTING_NOW, unseen=_UNSEEN_NOW)
_COUNTS = _BOTH.format(existing=_EXISTING, unseen=_UNSEEN)
