"""Reads each account's last point: its score, open findings, and blind share.

A thousand points as rows and as text take longer to hand over than to find: they travel as numbers, in one piece.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from posture.history.binary_queries import fetch_binary
from posture.history.models.lookups import array
from posture.history.scope import Scope


class LastPoint(NamedTuple):
    """An account's last point; `low` and `high` are None without a score.

    `at` is in microseconds since 1970.

    `blind_share` is 0 to 1.
    """

    account_id: int
    at: int
    low: float | None
    high: float | None
    critical: int
    high_open: int
    resources: int
    empty_gaps: int
    blind_share: float


def load_points(scope: Scope, at: datetime | None) -> dict[int, LastPoint]:
    """Return each account's last point up to an instant, by account; None means now.

    Asked for once of each instant.
    """
    known: dict[datetime | None, dict[int, LastPoint]] = scope.__dict__.setdefault("points", {})
    if at not in known:
        known[at] = _points(scope.account_pks, at)
    return dict(known[at])


def _points(account_pks: Sequence[int], at: datetime | None) -> dict[int, LastPoint]:
    ((packed,),) = fetch_binary(_LAST, {"accounts": array(account_pks), "at": at or "infinity"})
    rows: list[tuple[Any, ...]] = np.frombuffer(packed or b"", _LAYOUT).tolist()
    return {row[0]: _point(row) for row in rows}


def _point(row: tuple[Any, ...]) -> LastPoint:
    point = LastPoint._make(row)
    return point._replace(low=None, high=None) if math.isnan(row[2]) else point


_COLUMNS = (
    ("account_id", ">i8", "int8send({})"),
    ("at", ">i8", "int8send(round(date_part('epoch', {}) * 1000000)::bigint)"),
    ("low", ">f8", "float8send(coalesce({}, 'NaN'))"),
    ("high", ">f8", "float8send(coalesce({}, 'NaN'))"),
    ("critical", ">i4", "int4send({})"),
    ("high_open", ">i4", "int4send({})"),
    ("resources", ">i4", "int4send({})"),
    ("empty_gaps", ">i4", "int4send({})"),
    ("blind_share", ">f8", "float8send({})"),
)
_LAYOUT = np.dtype([(name, kind) for name, kind, _ in _COLUMNS])
_NAMES = ", ".join(name for name, *_ in _COLUMNS)
_PACKED = " || ".join(send.format(name) for name, _, send in _COLUMNS)

# Nearly all accounts have a point since the last sweep, which one pass over an index finds; the others' is looked for.
_LAST = f"""
WITH near AS MATERIALIZED (
    SELECT DISTINCT ON (account_id) {_NAMES} FROM history_accountpoint
    WHERE account_id = ANY(%(accounts)s::bigint[]) AND at <= %(at)s::timestamptz
      AND at >= (SELECT max(as_of) FROM history_snapshot WHERE as_of <= %(at)s::timestamptz)
    ORDER BY account_id, at DESC
), far AS (
    SELECT p.* FROM unnest(ARRAY(
        SELECT unnest(%(accounts)s::bigint[]) EXCEPT SELECT account_id FROM near
    )) a (id) CROSS JOIN LATERAL (
        SELECT {_NAMES} FROM history_accountpoint WHERE account_id = a.id AND at <= %(at)s::timestamptz
        ORDER BY at DESC LIMIT 1
    ) p
)
SELECT string_agg({_PACKED}, ''::bytea) FROM (SELECT * FROM near UNION ALL SELECT * FROM far) p
"""  # noqa: S608 - constants
