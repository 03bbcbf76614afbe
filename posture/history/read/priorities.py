"""What an executive asks first: what got worse, what to fix first, how long fixing takes, what is unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Max, Min, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.models import AwsAccount
from posture.core.outcome import Severity
from posture.history.models import FindingRecord, GapRecord, Triage
from posture.history.read.changes import Changes
from posture.history.read.findings import findings
from posture.history.read.keeping import instant, kept
from posture.history.read.resources import gaps
from posture.history.read.scores import points_at
from posture.history.read.series import blind_mean
from posture.history.read.sweeps import first_snapshot
from posture.history.scope import Scope

NAMED = 5
"""Findings and accounts that a line names, at most."""


@dataclass(frozen=True, slots=True)
class Regression:
    """Something that got worse since `compare_to` and still is.

    `kind` is "finding" (a check fails on more) or "sight" (an account's listings are refused; `check_id`
    is empty and `severity` None). `count` resources or gaps in `accounts`; `since` when it began, `last`
    when it last grew. `finding_ids` and `reason` give examples.
    """

    kind: str
    check_id: str
    severity: Severity | None
    count: int
    accounts: list[AwsAccount]
    since: datetime
    last: datetime
    finding_ids: list[int]
    reason: str


@dataclass(frozen=True, slots=True)
class Fix:
    """One action: mend what fails one check, on `resources` in `accounts`; `gain` points of the lower end."""

    check_id: str
    severity: Severity
    resources: int
    accounts: int
    gain: float


@dataclass(frozen=True, slots=True)
class TimeToFix:
    """How long findings of a severity stood until they were mended, time out of sight left out."""

    severity: Severity
    median: timedelta
    count: int


@dataclass(frozen=True, slots=True)
class BlindPlace:
    """An account of which part could not be seen: share of it (0 to 1), and the gaps."""

    account: AwsAccount
    share: float
    gaps: list[GapRecord]


@dataclass(frozen=True, slots=True)
class BlindShare:
    """The share of the estate that could not be seen, 0 to 1, and where, the blindest first."""

    share: float
    places: list[BlindPlace]


def worse(scope: Scope) -> list[Regression]:
    """Return what got worse since `compare_to`, gravest first.

    New critical and high findings are all in it; a lesser check only where it fails on more than before.
    What the very first snapshot found is where the history begins, and not worse than anything.
    """
    first = first_snapshot(scope)
    since = max(scope.compare_to, first.as_of) if first else scope.compare_to
    if since >= scope.now:
        return []
    news = instant(scope, since), instant(scope, scope.now)
    plain = kept(scope, "worse", lambda: [_plain(each) for each in _worse_checks(scope, since)], *news)
    checks = [replace(each, accounts=[scope.by_pk[pk] for pk in pks]) for each, pks in plain]
    found = [*checks, *_worse_sight(scope, since)]
    return sorted(found, key=lambda each: (-(each.severity or 0), each.kind, -each.count, each.check_id))


def _plain(one: Regression) -> tuple[Regression, list[int]]:
    """Return it with its accounts' primary keys beside it: accounts are not for keeping."""
    return replace(one, accounts=[]), [each.pk for each in one.accounts]


def _worse_checks(scope: Scope, since: datetime) -> Iterator[Regression]:
    fresh = findings(scope).filter(status="fail", opened_at__gt=since).exclude(triage__in=Triage.SET_ASIDE)
    resolved = Changes(scope, since, scope.now).resolved.order_by()
    mended = dict(resolved.values("check_id").annotate(n=Count("id")).values_list("check_id", "n"))
    by_check = (
        fresh.order_by()
        .values("check_id", "severity")
        .annotate(n=Count("id"), first=Min("opened_at"), last=Max("opened_at"))
    )
    lines = [row for row in by_check if row["severity"] >= Severity.HIGH or row["n"] > mended.get(row["check_id"], 0)]
    examples = _examples(fresh, [row["check_id"] for row in lines])
    places = _places(scope, fresh, [row["check_id"] for row in lines])
    for row in lines:
        shown = examples[row["check_id"]]
        yield Regression(
            "finding", row["check_id"], Severity(row["severity"]), row["n"], places[row["check_id"]],
            row["first"], row["last"], [each.finding_id for each in shown], shown[0].reason,
        )  # fmt: skip


def _examples(fresh: QuerySet[FindingRecord], check_ids: list[str]) -> dict[str, list[FindingRecord]]:
    """Return the newest findings of each check, a few."""
    found: dict[str, list[FindingRecord]] = {check_id: [] for check_id in check_ids}
    order = [F("opened_at").desc(), F("resource_name").asc(), F("id").asc()]
    place = Window(RowNumber(), partition_by=F("check_id"), order_by=order)
    newest = fresh.filter(check_id__in=check_ids).order_by().annotate(place=place).filter(place__lte=NAMED)
    for record in newest.order_by("check_id", "place"):
        found[record.check_id].append(record)
    return found


def _places(scope: Scope, fresh: QuerySet[FindingRecord], check_ids: list[str]) -> dict[str, list[AwsAccount]]:
    found: dict[str, list[AwsAccount]] = {check_id: [] for check_id in check_ids}
    pairs = fresh.filter(check_id__in=check_ids).order_by().values_list("check_id", "account_id").distinct()
    for check_id, account_id in pairs:
        found[check_id].append(scope.by_pk[account_id])
    return {check_id: sorted(accounts, key=lambda each: each.name) for check_id, accounts in found.items()}


def _worse_sight(scope: Scope, since: datetime) -> Iterator[Regression]:
    lost: dict[int, list[GapRecord]] = {}
    for gap in gaps(scope).filter(blinds=True, opened_at__gt=since).order_by("opened_at", "pk"):
        lost.setdefault(gap.account_id, []).append(gap)
    for account_id, records in lost.items():
        yield Regression(
            "sight", "", None, len(records), [scope.by_pk[account_id]], records[0].opened_at, records[-1].opened_at,
            [], f"{records[0].action} failed with {records[0].error}.",
        )  # fmt: skip


def fix_first(scope: Scope, limit: int = 10) -> list[Fix]:
    """Return the checks whose mending wins the scope's score most, at most `limit`.

    The gain is that of `posture.core.score.gain`, summed over the accounts by their weight.
    """
    return kept(scope, "fix_first", lambda: _gains(scope, limit), instant(scope, scope.now), limit)


def _gains(scope: Scope, limit: int) -> list[Fix]:
    with connection.cursor() as cursor:
        cursor.execute(
            _GAINS,
            {"accounts": scope.account_pks, "weights": [each.weight for each in scope.accounts], "at": scope.now,
             "limit": limit},
        )  # fmt: skip
        return [Fix(row[0], Severity(row[1]), row[2], row[3], row[4]) for row in cursor.fetchall()]


def time_to_fix(scope: Scope) -> list[TimeToFix]:
    """Return the median time to fix by severity, of findings mended between `compare_to` and the scope's date.

    Only a mended configuration counts: a deleted resource or a changed rule is no fix.
    """
    period = instant(scope, scope.compare_to), instant(scope, scope.now)
    return kept(scope, "time_to_fix", lambda: _times(scope), *period)


def _times(scope: Scope) -> list[TimeToFix]:
    with connection.cursor() as cursor:
        cursor.execute(_FIXED, {"accounts": scope.account_pks, "since": scope.compare_to, "until": scope.now})
        return [TimeToFix(Severity(row[0]), timedelta(seconds=row[1]), row[2]) for row in cursor.fetchall()]


def blind_share(scope: Scope) -> BlindShare:
    """Return how much of the estate could not be seen as of the scope's date, and where."""
    mean, shares = kept(scope, "blind", lambda: _blind(scope))
    by_account: dict[int, list[GapRecord]] = {}
    for gap in gaps(scope).filter(blinds=True).order_by("region", "resource_type"):
        by_account.setdefault(gap.account_id, []).append(gap)
    blind = {pk for pk, share in shares.items() if share} | set(by_account)
    places = [BlindPlace(scope.by_pk[pk], shares.get(pk, 1.0), by_account.get(pk, [])) for pk in blind]
    return BlindShare(mean, sorted(places, key=lambda each: (-each.share, each.account.name)))


def _blind(scope: Scope) -> tuple[float, dict[int, float]]:
    """Return the scope's blind share, and that of each of its accounts."""
    points = points_at(scope, scope.as_of)
    return blind_mean(points.values(), scope.by_pk), {pk: point.blind_share for pk, point in points.items()}


_GAINS = """
WITH weights AS (
    SELECT * FROM unnest(%(accounts)s::bigint[], %(weights)s::float8[]) AS w (account_id, weight)
), standing AS (
    SELECT t.account_id, t.check_id, t.severity, t.failed + t.stale AS failing,
           t.passed + t.failed + t.stale + t.unknown + t.gap_units AS judged,
           CASE t.severity WHEN 4 THEN 40 WHEN 3 THEN 10 WHEN 2 THEN 3 ELSE 1 END AS points
    FROM history_tally_record t
    WHERE t.account_id = ANY(%(accounts)s) AND t.valid_from <= %(at)s
      AND (t.valid_to IS NULL OR t.valid_to > %(at)s)
), judging AS (
    SELECT account_id, sum(points) AS total FROM standing WHERE judged > 0 GROUP BY account_id
), whole AS (
    SELECT sum(w.weight) AS weight, count(*) AS accounts FROM judging JOIN weights w USING (account_id)
)
SELECT s.check_id, s.severity, sum(s.failing)::int, count(*)::int,
       sum(100.0 * s.points * s.failing / s.judged / j.total
           * CASE WHEN whole.weight > 0 THEN w.weight / whole.weight ELSE 1.0 / whole.accounts END)::float8 AS gain
FROM standing s
JOIN judging j USING (account_id) JOIN weights w USING (account_id) CROSS JOIN whole
WHERE s.failing > 0
GROUP BY s.check_id, s.severity
ORDER BY gain DESC, s.check_id
LIMIT %(limit)s
"""

_FIXED = """
SELECT severity,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - opened_at) - coalesce(
           (SELECT sum(extract(epoch FROM upper(p) - lower(p))) FROM unnest(stale_periods) p), 0)),
       count(*)
FROM history_finding_closed
WHERE account_id = ANY(%(accounts)s) AND closed_at > %(since)s AND closed_at <= %(until)s
  AND status = 'fail' AND close_reason = 'changed'
GROUP BY severity ORDER BY severity DESC
"""
