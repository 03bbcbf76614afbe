"""Reads practice scores at an instant, from the event log or the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg.sql import Identifier

from posture.core.score import Band
from posture.history.columnar import api as columnar
from posture.history.columnar.api import EventColumns, Numbers, keep_last_events
from posture.history.models.lookups import array
from posture.history.scope import Scope
from posture.history.statements import load_part, load_statement


@dataclass(frozen=True, slots=True)
class PracticeScore:
    """A practice's band and counts; no band where no account had anything to judge."""

    band: Band | None
    passed: int
    failed: int
    unknown: int


Part = tuple[Sequence[str], Numbers, Numbers, Mapping[str, NDArray[Any]]]
"""Practices; and of each point the place of its practice, its account, and its numbers; a band that is not is NaN."""
NUMBERS = ("low", "high", "passed", "failed", "unknown")

_MEAN = load_part(__file__, "mean_of_bands")
PRACTICE_PARTS = {
    "latest": load_part(__file__, "last_practice_points"),
    "low": _MEAN.format(end=Identifier("low")),
    "high": _MEAN.format(end=Identifier("high")),
}
"""Parts of statements: the last point of each account and practice, and the ends of a mean of such points."""
_PRACTICE_SCORES = load_statement(__file__, "practice_scores", **PRACTICE_PARTS)
"""Practice, accounts with a band, ends of the mean band, and units passed, failed and unknown."""
_PRACTICE_POINTS_AT = load_statement(__file__, "practice_points_at", **PRACTICE_PARTS)
"""Practice, account, ends of the band, and units passed, failed and unknown."""


def load_practice_scores(scope: Scope, at: datetime | None, served: AbstractSet[str]) -> dict[str, PracticeScore]:
    """Return each practice's score by id, where any account had a point.

    `served` are the practices of today.

    The scope is one that is rolled up. None means now.
    """
    parts, far = (
        columnar.load_opening_events(scope, columnar.Subject.PRACTICES, at)
        if at is not None
        else ([], scope.account_pks)
    )
    if at is None or not parts:
        return _sum_in_database(scope, at, served)
    near = set(scope.account_pks) - set(far)
    made = [_part(keep_last_events(events), near) for events in parts]
    return _sum_parts(scope, [*made, _load_rows(scope, far, at, served)] if far else made)


def _part(events: EventColumns, near: AbstractSet[int]) -> Part:
    if not events.accounts_among(near):
        events = events.select(events.of_accounts(near))
    numbers = {name: events.values(name) for name in NUMBERS}
    return events.names, events.name.astype(np.int64), events.accounts[events.account], numbers


def _sum_parts(scope: Scope, parts: Sequence[Part]) -> dict[str, PracticeScore]:
    """Return the weighted means of bands, and the sums of counts.

    As `posture.core.score.mean` computes them.
    """
    places: dict[str, int] = {}
    codes = [np.array([places.setdefault(each, len(places)) for each in names], np.int64) for names, *_ in parts]
    name = np.concatenate([mine[part[1]] for mine, part in zip(codes, parts, strict=True)])
    account = np.concatenate([part[2] for part in parts])
    low, high, *counted = (np.concatenate([part[3][each] for part in parts]) for each in NUMBERS)
    known, place = np.unique(account, return_inverse=True)
    weight = np.array([scope.by_pk[pk].weight for pk in known.tolist()], np.float64)[place]
    size, scored = len(places), ~(np.isnan(low) | np.isnan(high))
    number, whole = (np.bincount(name[scored], each, size) for each in (np.ones(int(scored.sum())), weight[scored]))
    # Should every weight be 0, all count alike.
    weight = np.where(whole[name] > 0, weight, 1)
    share = weight / np.where(whole > 0, whole, np.maximum(number, 1))[name]
    ends = [np.minimum(100, np.bincount(name[scored], (each * share)[scored], size)).tolist() for each in (low, high)]
    sums = [np.bincount(name, each, size).astype(np.int64).tolist() for each in counted]
    return {
        practice: PracticeScore(Band(ends[0][n], ends[1][n]) if number[n] else None, sums[0][n], sums[1][n], sums[2][n])
        for practice, n in places.items()
    }


def _sum_in_database(scope: Scope, at: datetime | None, served: AbstractSet[str]) -> dict[str, PracticeScore]:
    with connection.cursor() as cursor:
        cursor.execute(_PRACTICE_SCORES, _make_parameters(scope, scope.account_pks, at, served))
        return {
            practice: PracticeScore(Band(low, high) if number else None, passed, failed, unknown)
            for practice, number, low, high, passed, failed, unknown in cursor.fetchall()
        }


def _load_rows(scope: Scope, account_pks: Sequence[int], at: datetime, served: AbstractSet[str]) -> Part:
    with connection.cursor() as cursor:
        cursor.execute(_PRACTICE_POINTS_AT, _make_parameters(scope, account_pks, at, served))
        rows = cursor.fetchall()
    places: dict[str, int] = {}
    name = np.fromiter((places.setdefault(row[0], len(places)) for row in rows), np.int64, len(rows))
    account = np.fromiter((row[1] for row in rows), np.int64, len(rows))
    kinds = (np.float64, np.float64, np.int64, np.int64, np.int64)
    numbers = {
        each: np.array([row[place] for row in rows], kind)
        for place, (each, kind) in enumerate(zip(NUMBERS, kinds, strict=True), 2)
    }
    return list(places), name, account, numbers


def _make_parameters(
    scope: Scope, account_pks: Sequence[int], at: datetime | None, served: AbstractSet[str]
) -> dict[str, Any]:
    return {
        "organization": scope.rolled_up.pk if scope.rolled_up else None,
        "served": sorted(served),
        "accounts": array(account_pks),
        "weights": [scope.by_pk[pk].weight for pk in account_pks],
        "at": at,
    }
