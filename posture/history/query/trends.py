"""Reads one practice, check or resource type at each sweep, and units' scores.

Where a scope is an organization with all that is in it, roll-ups answer; elsewhere the records are
counted at each sweep, for fewer accounts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

from django.db import connection

from posture.history.models import CheckPoint, PracticePoint, ScopePoint, ScopePracticePoint, Snapshot, TypePoint
from posture.history.query.scores import compute_mean_practice, load_practice_points
from posture.history.query.sweeps import snapshots
from posture.history.scope import Scope
from posture.history.statements import load_statement

Day = TypeVar("Day")

_CHECK_AT_INSTANTS = load_statement(__file__, "check_at_instants")
"""Instant, and units passed, failed, unknown and accepted, and accounts where it failed."""
_TYPE_AT_INSTANTS = load_statement(__file__, "type_at_instants")
"""Instant and number of resources."""


@dataclass(frozen=True, slots=True)
class PracticeDay:
    """A practice at the end of a day with a sweep; no band with nothing to judge.

    `low`, `high` are None then.
    """

    day: date
    low: float | None
    high: float | None
    passed: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class CheckDay:
    """A check at the end of a day with a sweep: resources by outcome, and accounts.

    Accounts are those in which it failed.
    """

    day: date
    passed: int
    failed: int
    unknown: int
    accepted: int
    accounts: int


@dataclass(frozen=True, slots=True)
class TypeDay:
    """A resource type at the end of a day with a sweep."""

    day: date
    count: int


def load_unit_series(scope: Scope) -> dict[int, list[float]]:
    """Return the lower ends since `compare_to` of each unit, by primary key.

    Roll-ups are over all that is in a unit, so that only who sees everything gets them.
    """
    if not scope.sees_everything or scope.organization is None:
        return {}
    points = ScopePoint.objects.filter(
        organization=scope.organization, unit__isnull=False, at__gte=scope.compare_to, at__lte=scope.now
    )
    found: dict[int, list[float]] = {}
    for unit_id, low in points.order_by("at").values_list("unit_id", "low"):
        if low is not None:
            found.setdefault(unit_id, []).append(low)
    return found


def load_practice_series(scope: Scope, practice_id: str, since: datetime, until: datetime) -> list[PracticeDay]:
    """Return a practice at the end of each day with a sweep, oldest first."""
    if scope.is_whole_organization or scope.is_whole_unit:
        points = ScopePracticePoint.objects.filter(
            organization=scope.rolled_up, unit=scope.unit, practice_id=practice_id,
            at__gte=since, at__lte=until,
        )  # fmt: skip
        return _last_of_days((p.at, PracticeDay(_day(p.at), p.low, p.high, p.passed, p.failed, p.unknown))
                             for p in points.order_by("at"))  # fmt: skip
    return _last_of_days(_replay(scope, practice_id, since, until))


def _replay(scope: Scope, practice_id: str, since: datetime, until: datetime) -> Iterable[tuple[datetime, PracticeDay]]:
    current = {point.account_id: point for point in load_practice_points(scope, since)[0].get(practice_id, [])}
    moved = PracticePoint.objects.filter(
        account_id__in=scope.account_pks, practice_id=practice_id, at__gt=since, at__lte=until
    ).order_by("at")
    waiting = list(moved)
    for at in list_complete_sweeps(scope, since, until):
        while waiting and waiting[0].at <= at:
            point = waiting.pop(0)
            current[point.account_id] = point
        band = compute_mean_practice(scope, current.values())
        counts = [sum(getattr(each, name) for each in current.values()) for name in ("passed", "failed", "unknown")]
        yield at, PracticeDay(_day(at), band.low if band else None, band.high if band else None, *counts)


def load_check_series(scope: Scope, check_id: str, since: datetime, until: datetime) -> list[CheckDay]:
    """Return a check at the end of each day with a sweep, oldest first."""
    if scope.is_whole_organization:
        points = CheckPoint.objects.filter(
            organization=scope.organization, check_id=check_id, at__gte=since, at__lte=until
        )
        return _last_of_days((p.at, CheckDay(_day(p.at), p.passed, p.failed, p.unknown, p.accepted, p.accounts))
                             for p in points.order_by("at"))  # fmt: skip
    instants = list_complete_sweeps(scope, since, until)
    with connection.cursor() as cursor:
        cursor.execute(_CHECK_AT_INSTANTS, {"instants": instants, "accounts": scope.account_pks, "check": check_id})
        return _last_of_days((at, CheckDay(_day(at), *counts)) for at, *counts in cursor.fetchall())


def load_type_series(scope: Scope, resource_type: str, since: datetime, until: datetime) -> list[TypeDay]:
    """Return the number of a type's resources on each day with a sweep, oldest first."""
    if scope.is_whole_organization:
        points = TypePoint.objects.filter(
            organization=scope.organization, type=resource_type, at__gte=since, at__lte=until
        )
        return _last_of_days((p.at, TypeDay(_day(p.at), p.count)) for p in points.order_by("at"))
    instants = list_complete_sweeps(scope, since, until)
    with connection.cursor() as cursor:
        cursor.execute(_TYPE_AT_INSTANTS, {"instants": instants, "accounts": scope.account_pks, "type": resource_type})
        return _last_of_days((at, TypeDay(_day(at), count)) for at, count in cursor.fetchall())


def list_complete_sweeps(scope: Scope, since: datetime, until: datetime) -> list[datetime]:
    """Return the dates of the complete sweeps in a period, oldest first."""
    complete = snapshots(scope).filter(state=Snapshot.State.COMPLETE, as_of__gte=since, as_of__lte=until)
    return list(complete.order_by("as_of").values_list("as_of", flat=True).distinct())


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _last_of_days(points: Iterable[tuple[datetime, Day]]) -> list[Day]:
    return list({_day(at): point for at, point in points}.values())
