"""Counts resources by type as of a date, from roll-ups or from their versions.

Roll-ups answer where they are complete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.sql import SQL

from posture.history.ingest.stored_state import FORMAT
from posture.history.models import AccountPoint, TypePoint
from posture.history.scope import Scope
from posture.history.statements import load_part, load_statement

Counts = dict[str, tuple[int, int]]
"""By type: how many there are, and how many of them are unreadable."""

_TYPES_NOW = SQL("SELECT type, count(*) FROM history_version WHERE account_id = ANY(%(accounts)s) GROUP BY type")
_UNSEEN_AT = load_part(__file__, "unseen_types_at")
_COUNTS_NOW = load_statement(__file__, "type_counts", types=_TYPES_NOW, unseen=load_part(__file__, "unseen_types_now"))
_COUNTS_AT = load_statement(__file__, "type_counts", types=load_part(__file__, "types_at"), unseen=_UNSEEN_AT)
"""Type, resources, and how many of them are unreadable."""
_COUNTED_ACCOUNTS = load_statement(__file__, "counted_accounts")
"""Accounts whose state has the counts of a date."""
_STATE_TYPES = """
SELECT type, sum(count::bigint)::bigint
FROM history_accountstate s, jsonb_each_text(s.types) t (type, count)
WHERE account_id = ANY(%(accounts)s) GROUP BY type
"""
_TYPES_LATELY = load_statement(__file__, "types_lately")
"""Type and resources, faster for a recent date."""


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
        cursor.execute(_COUNTS_NOW if at is None else _COUNTS_AT, where)
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
        for sql, pks in ((_STATE_TYPES, counted), (_TYPES_LATELY, others)):
            if pks:
                cursor.execute(sql, where | {"accounts": pks})
                total.update(dict(cursor.fetchall()))
        cursor.execute(_UNSEEN_AT, where)
        unseen = dict(cursor.fetchall())
    return {kind: (count, unseen.get(kind, 0)) for kind, count in total.items()}
