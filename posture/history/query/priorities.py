"""What to look at first: regressions, top fixes, time to fix, and blind spots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Count, Sum
from numpy.typing import NDArray

from accounts.models import AwsAccount
from posture.core.outcome import Severity
from posture.history.columnar.api import (
    FAILING,
    EncodedRows,
    FilteredRows,
    Numbers,
    from_micros,
    load_open_findings,
    select_top,
)
from posture.history.models import Triage
from posture.history.models.lookups import of_accounts
from posture.history.query.cache import date_key, get_or_compute
from posture.history.query.change_counts import count_changes
from posture.history.query.check_counts import load_check_counts
from posture.history.query.findings import findings
from posture.history.query.ranking import Fix, rank
from posture.history.query.resources import all_gaps
from posture.history.query.rollups import load_points
from posture.history.query.series import compute_blind_mean
from posture.history.query.sweeps import get_comparison_start
from posture.history.query.time_to_fix import load_resolved_durations
from posture.history.scope import Scope
from posture.history.statements import load_statement

EXAMPLES_MAX = 5
"""Findings and accounts that a line names, at most."""
RANKED_FIXES_MAX = 1_000
"""Fixes that are ranked for a scope and cached."""

_FIX_GAINS = load_statement(__file__, "fix_gains")
"""Check, severity, failing units, accounts, and points that fixing all of them wins, most points first."""


@dataclass(frozen=True, slots=True)
class Regression:
    """Something that got worse since `compare_to` and still is.

    `kind` is "finding" (a check fails on more) or "sight" (an account's listings or fields are refused; `check_id`
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
    resources: Sequence[str] = ()
    """Names of the resources of these findings, newest first."""


@dataclass(frozen=True, slots=True)
class TimeToFix:
    """How long findings of a severity were open until fixed, unreadable time excluded."""

    severity: Severity
    median: timedelta
    count: int


@dataclass(frozen=True, slots=True)
class BlindAccount:
    """An account that is partly unreadable: the share (0 to 1), and its gaps.

    Gaps of listings and of fields.
    """

    account: AwsAccount
    share: float
    gaps: int


@dataclass(frozen=True, slots=True)
class BlindShare:
    """The unreadable share of the organization, 0 to 1, and where, the blindest first."""

    share: float
    accounts: list[BlindAccount]


def list_regressions(scope: Scope, most: int | None = None) -> list[Regression]:
    """Return regressions since `compare_to`, most severe first.

    With `most`, so many lines of checks at most.

    New critical and high findings are all in it; a lesser check only where it fails on more than before.
    What the very first snapshot found is where the history begins, and not worse than anything.
    """
    since = get_comparison_start(scope)
    if since >= scope.now:
        return []
    news = date_key(scope, since), date_key(scope, scope.now)
    # Accounts are not for keeping: their primary keys are.
    plain = get_or_compute(scope, "worse", lambda: _worse_checks(scope, since, most), *news, most)
    checks = [replace(each, accounts=[scope.by_pk[pk] for pk in pks]) for each, pks in plain]
    found = [*checks, *_lost_visibility(scope, since)]
    return sorted(found, key=lambda each: (-(each.severity or 0), each.kind, -each.count, each.check_id))


def _worse_checks(scope: Scope, since: datetime, most: int | None) -> list[tuple[Regression, list[int]]]:
    """Return new failures by check and severity, and their accounts' primary keys.

    The accounts of the lines themselves are empty.
    """
    rows = load_open_findings(scope)
    failing = {"sight": rows.having("sight", FAILING), "triage": ~rows.having("triage", Triage.SET_ASIDE)}
    places = np.flatnonzero(FilteredRows(rows, failing, {"since": rows.after(since)}).mask())
    check, severity = (_of_rows(rows, name, places) for name in ("check", "severity"))
    mended: Counter[str] = Counter()
    for (check_id, _), counts in count_changes(scope, "findings", since, scope.now).by_other.items():
        mended[check_id] += counts.get("resolved", 0)
    lines = [
        line
        for line in _count_lines(rows, check, severity)
        if line.severity >= Severity.HIGH or line.count > mended[line.check_id]
    ]
    lines = sorted(lines, key=lambda line: (-line.severity, -line.count, line.check_id))[:most]
    # Of a past date columns are computed when they are used: once, and for the few rows that are shown.
    is_shown = np.isin(check, [line.check for line in lines])
    few, check, severity = rows.select(places[is_shown]), check[is_shown], severity[is_shown]
    newest = {line.check: _newest(few, np.flatnonzero(check == line.check)) for line in lines}
    examples = _examples(scope, few, newest)
    return [
        (
            _regression(line, few, few.at[mine], newest[line.check], examples),
            sorted(np.unique(few.account[mine]).tolist(), key=lambda pk: scope.by_pk[pk].name),
        )
        for line in lines
        for mine in [np.flatnonzero((check == line.check) & (severity == line.place))]
    ]


@dataclass(frozen=True, slots=True)
class _Line:
    """The number of new findings of a check and severity, by positions of their words."""

    check_id: str
    severity: Severity
    count: int
    check: int
    place: int


def _of_rows(rows: EncodedRows, dimension: str, places: NDArray[np.intp]) -> NDArray[Any]:
    """Return the position of the word of some rows in a dimension, in few bytes."""
    codes = rows.codes[dimension]
    found: NDArray[Any] = codes.astype(np.min_scalar_type(len(rows.words[dimension])))[rows.cells_at(places)]
    return found


def _count_lines(rows: EncodedRows, check: NDArray[Any], severity: NDArray[Any]) -> Iterator[_Line]:
    """Count rows by check and severity; only pairs that occur."""
    severities = rows.words["severity"]
    numbers = np.bincount(check.astype(np.intp) * len(severities) + severity)
    for kind in np.flatnonzero(numbers).tolist():
        check_place, place = divmod(kind, len(severities))
        rated = Severity(int(severities[place]))
        yield _Line(rows.words["check"][check_place], rated, int(numbers[kind]), check_place, place)


def _newest(rows: EncodedRows, places: NDArray[np.intp]) -> list[int]:
    """Return the places of the newest findings among some places, a few."""
    found: list[int] = places[select_top([-rows.at[places], rows.number[places]], 0, EXAMPLES_MAX)].tolist()
    return found


def _examples(scope: Scope, rows: EncodedRows, newest: Mapping[int, Sequence[int]]) -> dict[int, tuple[str, str]]:
    """Return reason and resource name of the newest findings, by finding number."""
    places = [place for found in newest.values() for place in found]
    numbers, accounts = rows.number[places].tolist(), {*rows.account[places].tolist()}
    mine = of_accounts(findings(scope).order_by().filter(finding_id__in=numbers), accounts)
    named = mine.values_list("finding_id", "reason", "resource_name", "resource_arn")
    return {number: (reason, name or arn) for number, reason, name, arn in named}


def _regression(
    line: _Line, rows: EncodedRows, at: Numbers, newest: Sequence[int], examples: Mapping[int, tuple[str, str]]
) -> Regression:
    numbers: list[int] = rows.number[newest].tolist()
    first, last = from_micros(int(at.min())), from_micros(int(at.max()))
    reason, names = examples[numbers[0]][0], [examples[number][1] for number in numbers if number in examples]
    return Regression("finding", line.check_id, line.severity, line.count, [], first, last, numbers, reason, names)


def _lost_visibility(scope: Scope, since: datetime) -> Iterator[Regression]:
    rows: Any = all_gaps(scope).filter(blinds=True, opened_at__gt=since).select_related(None)
    lost: dict[int, list[tuple[datetime, str, str]]] = {}
    for account_id, *gap in rows.order_by("opened_at", "pk").values_list("account_id", "opened_at", "action", "error"):
        lost.setdefault(account_id, []).append(tuple(gap))
    for account_id, found in lost.items():
        first, action, error = found[0]
        yield Regression(
            "sight", "", None, len(found), [scope.by_pk[account_id]], first, found[-1][0],
            [], f"{action} failed with {error}.",
        )  # fmt: skip


def rank_fixes(scope: Scope, limit: int = 10) -> list[Fix]:
    """Return what to fix first, as `ranked` orders it, at most `limit`.

    The gain is that of `posture.core.score.gain`, summed over the accounts by their weight.
    """
    found = get_or_compute(
        scope, "fix_first", lambda: rank(scope, _gains(scope))[:RANKED_FIXES_MAX], date_key(scope, scope.now)
    )
    return found[:limit]


def _gains(scope: Scope) -> list[Fix]:
    if scope.as_of is not None:
        return _rank_past_fixes(scope, scope.as_of)
    with connection.cursor() as cursor:
        cursor.execute(_FIX_GAINS, {"accounts": scope.account_pks, "weights": [each.weight for each in scope.accounts]})
        return [Fix(row[0], Severity(row[1]), row[2], row[3], row[4]) for row in cursor.fetchall()]


def _rank_past_fixes(scope: Scope, at: datetime) -> list[Fix]:
    counts = load_check_counts(scope, at)
    gains = counts.gains({each.pk: each.weight for each in scope.accounts})
    found = [
        Fix(each.check_id, each.severity, each.failing, each.accounts, gains[each.check_id, each.severity])
        for each in counts.shares
        if each.failing
    ]
    return sorted(found, key=lambda each: (-each.gain, each.check_id))


def load_time_to_fix(scope: Scope) -> list[TimeToFix]:
    """Return the median time to fix by severity, since `compare_to`.

    Of findings fixed up to the scope's date.

    Only a mended configuration counts: a deleted resource or a changed rule is no fix.
    """
    period = date_key(scope, scope.compare_to), date_key(scope, scope.now)
    return get_or_compute(scope, "time_to_fix", lambda: _times(scope), *period)


def _times(scope: Scope) -> list[TimeToFix]:
    found = load_resolved_durations(scope, scope.compare_to, scope.now, None)
    times = [
        TimeToFix(Severity(int(severity)), timedelta(seconds=median), fixed)
        for severity, (fixed, _, median, _, _) in found.items()
        if median is not None
    ]
    return sorted(times, key=lambda each: -each.severity)


def load_blind_share(scope: Scope) -> BlindShare:
    """Return the unreadable share as of the scope's date, and where."""
    mean, shares = get_or_compute(scope, "blind", lambda: _blind(scope))
    by_account = get_or_compute(scope, "gaps", lambda: _gaps(scope))
    blind = {pk for pk, share in shares.items() if share} | set(by_account)
    places = [BlindAccount(scope.by_pk[pk], shares.get(pk, 1.0), by_account.get(pk, 0)) for pk in blind]
    return BlindShare(mean, sorted(places, key=lambda each: (-each.share, each.account.name)))


def load_blind_shares(scope: Scope) -> dict[int, float]:
    """Return the share of each account that could not be seen, 0 to 1, by primary key."""
    return get_or_compute(scope, "blind", lambda: _blind(scope))[1]


@dataclass(frozen=True, slots=True)
class UnreadField:
    """Fields that one refused or failed action leaves unknown.

    Fields of `resources` in some accounts.
    """

    action: str
    error: str
    resources: int
    accounts: Sequence[int]
    """Primary keys."""


def list_unread_fields(scope: Scope) -> list[UnreadField]:
    """Return the unreadable fields as of the scope's date, most resources first."""
    return get_or_compute(scope, "unread", lambda: _load_unread(scope))


def _load_unread(scope: Scope) -> list[UnreadField]:
    rows: Any = all_gaps(scope).filter(blinds=True, resources__isnull=False).select_related(None).order_by()
    counted = rows.values_list("action", "error").annotate(
        lacking=Sum("resources"), places=ArrayAgg("account_id", distinct=True)
    )
    return [UnreadField(*row) for row in counted.order_by("-lacking", "action", "error")]


def _gaps(scope: Scope) -> dict[int, int]:
    """Return how many gaps of listings and fields there are, by account."""
    rows: Any = all_gaps(scope).filter(blinds=True).select_related(None).order_by()
    return dict(rows.values_list("account_id").annotate(number=Count("pk")))


def _blind(scope: Scope) -> tuple[float, dict[int, float]]:
    """Return the scope's blind share, and that of each of its accounts."""
    points = load_points(scope, scope.as_of)
    return compute_blind_mean(points.values(), scope.by_pk), {pk: point.blind_share for pk, point in points.items()}
