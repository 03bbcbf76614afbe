"""Reads what charts draw: the posture day by day, and the events that explain it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from accounts.models import AwsAccount
from posture.core.score import Band
from posture.history.models import AccountPoint, ScopePoint
from posture.history.models.rollups import Figures
from posture.history.query.rollups import LastPoint
from posture.history.query.scores import compute_mean, load_latest_points
from posture.history.scope import Scope


@dataclass(frozen=True, slots=True)
class DayPoint:
    """The posture at the end of a day with a sweep.

    `low` and `high` are None without a score.

    `critical` to `low_open` count open failing findings; `opened` and `resolved` those of the day.
    """

    day: date
    low: float | None
    high: float | None
    critical: int
    high_open: int
    medium: int
    low_open: int
    opened: int
    resolved: int
    seen_share: float
    resources: int = 0
    accepted: int = 0


def load_score_series(scope: Scope, since: datetime, until: datetime) -> list[DayPoint]:
    """Return one point for each day with a sweep in a period, oldest first.

    The period is from `since` to `until`.
    """
    if scope.is_whole_organization or scope.is_whole_unit:
        points = ScopePoint.objects.filter(
            organization=scope.rolled_up, unit=scope.unit, at__gte=since, at__lte=until
        ).order_by("at")
        return _by_day(_day_point(point, point.at) for point in points)
    return _by_day(_replay(scope, since, until))


def _day_point(point: Figures, at: datetime) -> DayPoint:
    return DayPoint(
        day=at.astimezone(UTC).date(),
        low=point.low,
        high=point.high,
        critical=point.critical,
        high_open=point.high_open,
        medium=point.medium,
        low_open=point.low_open,
        opened=point.opened,
        resolved=point.resolved,
        seen_share=1.0 - point.blind_share,
        resources=point.resources,
        accepted=point.accepted,
    )


def _by_day(points: Iterable[DayPoint]) -> list[DayPoint]:
    """Keep each day's last point, with all that was opened and resolved on the day."""
    days: dict[date, DayPoint] = {}
    for point in points:
        before = days.get(point.day)
        if before is not None:
            point = replace(  # noqa: PLW2901 - the same point, with the day's counts
                point, opened=before.opened + point.opened, resolved=before.resolved + point.resolved
            )
        days[point.day] = point
    return list(days.values())


def _replay(scope: Scope, since: datetime, until: datetime) -> Iterable[DayPoint]:
    """Sum the points of single accounts, each valid until its next."""
    moved = AccountPoint.objects.filter(account__among=scope.among, at__gte=since, at__lte=until).order_by("at")
    by_instant: dict[datetime, list[AccountPoint]] = {}
    for point in moved:
        by_instant.setdefault(point.at, []).append(point)
    if not by_instant:
        return
    current = load_latest_points(scope.account_pks, since)
    for at, points in by_instant.items():
        current |= {point.account_id: point for point in points}
        yield _day_point(combine_points(list(current.values()), compute_mean(scope, current), scope.by_pk, points), at)


def combine_points(
    current: Sequence[AccountPoint], band: Band | None, accounts: dict[int, AwsAccount], news: Iterable[AccountPoint]
) -> Figures:
    """Return the figures of several accounts as one.

    `news` are the points whose openings count.
    """
    fresh = list(news)
    made = ScopePoint(low=band.low if band else None, high=band.high if band else None)
    for name in SUMMED:
        setattr(made, name, sum(getattr(point, name) for point in current))
    made.opened = sum(point.opened for point in fresh)
    made.resolved = sum(point.resolved for point in fresh)
    made.blind_share = compute_blind_mean(current, accounts)
    return made


SUMMED = (
    "critical", "high_open", "medium", "low_open", "unknown", "stale", "accepted", "resources", "unseen", "empty_gaps",
)  # fmt: skip


def compute_blind_mean(current: Iterable[AccountPoint | LastPoint], accounts: Mapping[int, AwsAccount]) -> float:
    """Return the mean blind share by weight of accounts with something to see."""
    present = [
        (point.blind_share, accounts[point.account_id].weight)
        for point in current
        if point.resources or point.empty_gaps
    ]
    total = sum(weight for _, weight in present)
    if not total:
        return sum(share for share, _ in present) / len(present) if present else 0.0
    return sum(share * weight for share, weight in present) / total
