"""Reads each account's last point: its score, open findings, and blind share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from psycopg.sql import SQL, Identifier

from posture.history.binary_queries import fetch_binary
from posture.history.models.lookups import array
from posture.history.scope import Scope
from posture.history.statements import load_statement


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


_LAYOUT = np.dtype(list(zip(LastPoint._fields, (">i8", ">i8", ">f8", ">f8", *[">i4"] * 4, ">f8"), strict=True)))
_LAST_POINTS = load_statement(__file__, "last_points", columns=SQL(", ").join(map(Identifier, LastPoint._fields)))
"""The last points of accounts in one value, laid out as `_LAYOUT`."""


def load_points(scope: Scope, at: datetime | None) -> dict[int, LastPoint]:
    """Return each account's last point up to an instant, by account; None means now.

    Asked for once of each instant.
    """
    known: dict[datetime | None, dict[int, LastPoint]] = scope.__dict__.setdefault("points", {})
    if at not in known:
        known[at] = _points(scope.account_pks, at)
    return dict(known[at])


def _points(account_pks: Sequence[int], at: datetime | None) -> dict[int, LastPoint]:
    ((packed,),) = fetch_binary(_LAST_POINTS, {"accounts": array(account_pks), "at": at or "infinity"})
    rows: list[tuple[Any, ...]] = np.frombuffer(packed or b"", _LAYOUT).tolist()
    return {row[0]: _point(row) for row in rows}


def _point(row: tuple[Any, ...]) -> LastPoint:
    point = LastPoint._make(row)
    return point._replace(low=None, high=None) if math.isnan(row[2]) else point
