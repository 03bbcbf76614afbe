"""Reads scores: of a scope, its accounts and its practices, now and through time.

The score of a scope is the mean over its accounts by weight; what an account's is made of is in
`findings.tallies`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from django.db import connection

from accounts.models import AwsAccount
from posture.core.score import Band, mean
from posture.history.models import AccountPoint, PracticePoint, ScopePracticePoint
from posture.history.models.lookups import array
from posture.history.query.cache import date_key, get_or_compute, is_cached
from posture.history.query.practice_scores import PracticeScore, load_practice_scores
from posture.history.query.rollups import LastPoint, load_points
from posture.history.scope import Scope
from posture.history.statements import load_statement

PRACTICES_OF = "practices:"
RESPONSIBILITY = "responsibility"
NOT_USED = PracticeScore(None, 0, 0, 0)

Key = TypeVar("Key")

_LATEST_POINTS = load_statement(__file__, "latest_points")
"""The last point of each account."""
_LATEST_PRACTICE_POINTS = load_statement(__file__, "latest_practice_points")
"""The last point of each account and practice at each instant, and the place of the instant."""
_LAST_SWEPT = load_statement(__file__, "last_swept")
"""Account and when it was swept last."""


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """An account compared with its peers.

    `change` is the points of `change_of` since `compare_to`;
    `series` holds the lower end at each sweep since then; `seen_share` is 0 to 1.
    """

    account: AwsAccount
    band: Band | None
    change: int | None
    series: list[float]
    critical: int
    high_open: int
    seen_share: float
    last_swept: datetime | None
    weight: float


@dataclass(frozen=True, slots=True)
class PracticeSummary:
    """A practice over a scope; not in use where no account has anything to judge."""

    practice_id: str
    band: Band | None
    change: int | None
    passed: int
    failed: int
    unknown: int
    series: list[float] = field(default_factory=list)

    @property
    def in_use(self) -> bool:
        """Return whether there is anything to judge."""
        return self.band is not None


def make_band(low: float | None, high: float | None) -> Band | None:
    """Return a stored band."""
    return None if low is None or high is None else Band(low, high)


def compute_change(now: Band | None, before: Band | None) -> int | None:
    """Return the points by which the lower end changed, as both are shown.

    None where there was, or is, no score.

    From 84.4 to 86.6 it is 3, since pages show 84 and 87: no page may say 2 next to them.
    """
    return compute_points_between(before.low, now.low) if now and before else None


def compute_points_between(before: float, now: float) -> int:
    """Return the difference of two scores as they are shown, in whole points."""
    return round(now) - round(before)


def load_latest_points(account_pks: list[int], at: datetime | None) -> dict[int, AccountPoint]:
    """Return the last point up to an instant of each of these accounts that has one."""
    found = AccountPoint.objects.raw(_LATEST_POINTS, [account_pks, at, at])
    return {point.account_id: point for point in found}


def compute_mean(scope: Scope, points: Mapping[int, AccountPoint | LastPoint]) -> Band | None:
    """Return the score of a scope from the points of its accounts."""
    return mean((make_band(point.low, point.high), scope.by_pk[pk].weight) for pk, point in points.items())


def load_score(scope: Scope) -> Band | None:
    """Return the score as of the scope's date; None where nothing has been judged."""
    return get_or_compute(scope, "score", lambda: compute_mean(scope, load_points(scope, scope.as_of)))


def load_score_before(scope: Scope) -> Band | None:
    """Return the score at `compare_to`."""
    at = scope.compare_to
    return get_or_compute(
        scope, "score_before", lambda: compute_mean(scope, load_points(scope, at)), date_key(scope, at)
    )


def summarize_accounts(
    scope: Scope, most: int | None = None, last: Container[int] = frozenset()
) -> list[AccountSummary]:
    """Return every account with a sweep up to the scope's date, worst first.

    Accounts that had left by then are not among them.

    Those whose primary keys are in `last` come after all others, and always have their last sweep. With `most`, only so
    many of the first have a series and their last sweep.
    """
    found = get_or_compute(scope, "standings", lambda: _account_figures(scope), date_key(scope, scope.compare_to))
    there = [figures for figures in found if not _has_left(scope.by_pk[figures[0]], scope.now)]
    ordered = sorted(
        there, key=lambda each: (each[0] in last, each[1] is None, each[1] or 0.0, scope.by_pk[each[0]].name)
    )
    series, swept = _courses(scope, [pk for pk, *_ in ordered[:most]])
    missing = [pk for pk, *_ in ordered if pk in last and pk not in swept]
    swept = {**swept, **_load_last_sweeps(scope, missing)} if missing else swept
    return [
        AccountSummary(
            account=scope.by_pk[pk],
            band=make_band(low, high),
            change=None if low is None or before is None else compute_points_between(before, low),
            series=series.get(pk, []),
            critical=critical,
            high_open=high_open,
            seen_share=seen_share,
            last_swept=swept.get(pk),
            weight=scope.by_pk[pk].weight,
        )
        for pk, low, high, before, critical, high_open, seen_share in ordered
    ]


def _account_figures(scope: Scope) -> list[tuple[Any, ...]]:
    """Return the figures of the accounts as plain tuples, which are cached quickly."""
    now, before = load_points(scope, scope.as_of), load_points(scope, scope.compare_to)
    return [
        (
            pk, point.low, point.high, before[pk].low if pk in before else None,
            point.critical, point.high_open, 1.0 - point.blind_share,
        )
        for pk, point in now.items()
    ]  # fmt: skip


def _courses(scope: Scope, account_pks: Sequence[int]) -> tuple[dict[int, list[float]], dict[int, datetime]]:
    """Return accounts' lower ends since `compare_to`, and their last sweeps.

    Those of all accounts are cached.
    """
    if not is_cached(len(account_pks)):
        return _series(scope, account_pks), _load_last_sweeps(scope, account_pks)
    pks = scope.account_pks
    return get_or_compute(scope, "courses", lambda: (_series(scope, pks), _load_last_sweeps(scope, pks)),
                date_key(scope, scope.compare_to))  # fmt: skip


def _has_left(account: AwsAccount, at: datetime) -> bool:
    return account.left_at is not None and account.left_at <= at


def summarize_practices(scope: Scope) -> list[PracticeSummary]:
    """Return a summary of each practice that any check serves, by id."""
    return get_or_compute(scope, "practices", lambda: _practice_figures(scope), date_key(scope, scope.compare_to))


def _practice_figures(scope: Scope) -> list[PracticeSummary]:
    if scope.is_whole_organization or scope.is_whole_unit:
        return _load_rolled_up_practices(scope)
    now, before = load_practice_points(scope, scope.as_of, scope.compare_to)
    series = _practice_series_of_accounts(scope, before)
    return [
        _practice(scope, practice, now.get(practice, []), before.get(practice, []), series.get(practice, []))
        for practice in sorted(now.keys() | list_served_practices())
    ]


def _load_rolled_up_practices(scope: Scope) -> list[PracticeSummary]:
    """Return the practices of a scope that is rolled up."""
    rows = ScopePracticePoint.objects.filter(
        organization=scope.rolled_up, unit=scope.unit, at__gte=scope.compare_to, at__lte=scope.now
    )
    series = _group_values(rows.order_by("practice_id", "at").values_list("practice_id", "low"))
    served = list_served_practices()
    now, before = (
        load_practice_scores(scope, scope.as_of, served),
        load_practice_scores(scope, scope.compare_to, served),
    )
    return [
        PracticeSummary(
            practice, each.band, compute_change(each.band, before.get(practice, NOT_USED).band),
            each.passed, each.failed, each.unknown, series.get(practice, []),
        )
        for practice, each in ((one, now.get(one, NOT_USED)) for one in sorted(now.keys() | served))
    ]  # fmt: skip


def list_served_practices() -> set[str]:
    """Return the practices that any check serves.

    Every check serves that of shared responsibility, which is scored service by service.
    """
    from posture.checks import all_checks

    controls = (control for check in all_checks().values() for control in check.controls)
    served = {control.removeprefix(PRACTICES_OF) for control in controls if control.startswith(PRACTICES_OF)}
    return served | {RESPONSIBILITY} if served else served


def _practice(
    scope: Scope, practice: str, now: Sequence[PracticePoint], before: Sequence[PracticePoint], series: list[float]
) -> PracticeSummary:
    band = compute_mean_practice(scope, now)
    return PracticeSummary(
        practice_id=practice,
        band=band,
        change=compute_change(band, compute_mean_practice(scope, before)),
        passed=sum(point.passed for point in now),
        failed=sum(point.failed for point in now),
        unknown=sum(point.unknown for point in now),
        series=series,
    )


def compute_mean_practice(scope: Scope, points: Iterable[PracticePoint]) -> Band | None:
    """Return a practice's score over a scope from the points of its accounts."""
    return mean((make_band(point.low, point.high), scope.by_pk[point.account_id].weight) for point in points)


def load_practice_points(scope: Scope, *instants: datetime | None) -> list[dict[str, list[PracticePoint]]]:
    """Return each account's last points up to each instant, by practice.

    None means now.
    """
    points = PracticePoint.objects.raw(_LATEST_PRACTICE_POINTS, [scope.account_pks, list(instants)])
    found: list[dict[str, list[PracticePoint]]] = [{} for _ in instants]
    for point in points:
        # The place among the instants, which the statement adds.
        number: int = vars(point)["place"]
        found[number - 1].setdefault(point.practice_id, []).append(point)
    return found


def _series(scope: Scope, account_pks: Sequence[int]) -> dict[int, list[float]]:
    """Return the lower ends since `compare_to`, by account."""
    asked: dict[str, Any] = {"accounts": array(account_pks), "since": scope.compare_to, "until": scope.now}
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, asked)
        return {pk: np.frombuffer(numbers, ">f8").tolist() for pk, numbers in cursor.fetchall()}


def _group_values(pairs: Iterable[tuple[Key, float | None]]) -> dict[Key, list[float]]:
    """File the second of each pair under the first, those that are None left out."""
    found: dict[Key, list[float]] = {}
    for key, low in pairs:
        if low is not None:
            found.setdefault(key, []).append(low)
    return found


def _practice_series_of_accounts(scope: Scope, before: Mapping[str, Sequence[PracticePoint]]) -> dict[str, list[float]]:
    """Replay the points of the accounts, each valid until its next."""
    weights = {pk: account.weight for pk, account in scope.by_pk.items()}
    current = {
        practice: {p.account_id: (make_band(p.low, p.high), weights[p.account_id]) for p in points}
        for practice, points in before.items()
    }
    moved = PracticePoint.objects.filter(
        account__among=scope.among, at__gt=scope.compare_to, at__lte=scope.now
    ).order_by("at")
    found: dict[str, list[float]] = {}
    _note(found, current, current)
    # Three accounts have thousands of points a year: as records of the ORM they take twice as long.
    rows = moved.values_list("at", "practice_id", "account_id", "low", "high")
    for _, points in groupby(rows, key=itemgetter(0)):
        turned: set[str] = set()
        for _, practice, pk, low, high in points:
            current.setdefault(practice, {})[pk] = make_band(low, high), weights[pk]
            turned.add(practice)
        _note(found, current, turned)
    return found


def _note(
    found: dict[str, list[float]],
    current: Mapping[str, Mapping[int, tuple[Band | None, float]]],
    practices: Iterable[str],
) -> None:
    """Add the current lower ends of practices; those without a score are left out."""
    for practice in practices:
        band = mean(current[practice].values())
        if band:
            found.setdefault(practice, []).append(band.low)


def _load_last_sweeps(scope: Scope, account_pks: Sequence[int]) -> dict[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST_SWEPT, {"accounts": array(account_pks), "until": scope.now})
        return dict(cursor.fetchall())


# Thirty points of each of a thousand accounts: as rows they take a tenth of a second to read.
_SERIES = """
SELECT account_id, string_agg(float8send(low), ''::bytea ORDER BY at) FROM history_accountpoint
WHERE account_id = ANY(%(accounts)s::bigint[]) AND at >= %(since)s AND at <= %(until)s AND low IS NOT NULL
GROUP BY 1
"""
