"""What statements answer equals what the rows say, looked at one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import AwsAccount, Organization, User
from posture.core.outcome import Severity
from posture.core.score import Tally, gain, mean
from posture.history import query
from posture.history.columnar.api import keep_last_events
from posture.history.columnar.event_reader import EventSpan, Subject, load_events
from posture.history.ingest import close_left_account
from posture.history.models import (
    AccountPoint,
    AccountSweep,
    CheckCountsRecord,
    ClosedVersion,
    FindingRecord,
    PracticePoint,
    Snapshot,
    StoredResource,
    StoredVersion,
)
from posture.history.query import change_counts, check_counts, practice_scores, scores
from posture.history.query.practice_scores import PracticeScore
from posture.history.query.rollups import load_points
from posture.history.query.scores import make_band
from posture.history.scope import Scope
from posture.history.upkeep import retention
from tests import shared
from tests.history import rules
from tests.history.rules import BUCKET
from tests.history.test_cohort_score import DATES, steps
from tests.history.world import DENIED, REGIONS, account, bucket, day, gap, organization, snapshot, sweep, user, volume
from tests.tuning import Tune

pytestmark = pytest.mark.django_db

PERIODS = [*combinations(DATES, 2), (day(-1), day(99)), (day(11), day(99))]


@pytest.fixture(scope="module")
def recorded(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[User, Organization]]:
    """Yield accounts with a story of three months, and one that was never swept."""
    with shared.rows(django_db_blocker), rules.in_force():
        acme = organization(is_simulated=True)
        web, data, lab, old, _ = (
            account(acme, name=name, weight=weight)
            for name, weight in (("web", 1.0), ("data", 3.0), ("lab", 0.5), ("old", 2.0), ("new", 1.0))
        )
        for step in steps(web, data):
            step()
        # Its volumes come and go within a period, and leave a practice without anything to judge.
        volumes = [volume("v", Encrypted=False), volume("u", REGIONS[1], Encrypted=False)]
        for number in (15, 16, 17, 18):
            sweep(lab, day(number), volumes if number < 17 else [])
        sweep(lab, day(19), [bucket("z"), bucket("y", Public=True), bucket("x")])
        sweep(lab, day(65), [bucket("z", Encrypted=DENIED), bucket("y", Public=True), bucket("x")])
        sweep(lab, day(75), [bucket("z"), bucket("y", Public=True), bucket("x"), bucket("a")])
        sweep(lab, day(95), [], [gap(BUCKET)])
        snapshot(acme, day(40))  # which reached no account
        sweep(old, day(95), [bucket("q", Public=True)])
        close_left_account(old, day(95.5))
        yield user(), acme


@pytest.fixture
def scope(recorded: tuple[User, Organization]) -> Scope:
    return Scope.of(*recorded)


def _is_current(record: Any, at: datetime) -> bool:
    return record.valid_from <= at and (record.valid_to is None or record.valid_to > at)


@pytest.mark.parametrize("at", DATES)
def test_check_counts_at_a_date(scope: Scope, at: datetime) -> None:
    expected = {}
    for each in CheckCountsRecord.objects.filter(account__in=scope.account_pks):
        failing, undetermined = each.failed + each.stale, each.unknown + each.gap_units
        if _is_current(each, at) and each.passed + failing + undetermined:
            name = each.account_id, each.check_id, each.severity
            expected[name] = each.passed + failing + undetermined, failing, undetermined

    assert _counts(check_counts._load_rows(scope.account_pks, at)) == expected != {}
    events = load_events(Subject.TALLIES, _spans(scope, at))
    assert _counts(check_counts._select_accounts(events, set(scope.account_pks))) == expected


def _spans(scope: Scope, at: datetime) -> list[EventSpan]:
    """Return spans up to a date that open with the state of an earlier one, if any."""
    after = day(33) if at > day(33) else day(-1)
    return [EventSpan(pk, after, at, is_first=True) for pk in scope.account_pks]


def _counts(part: check_counts.AccountCounts) -> dict[tuple[int, str, int], tuple[int, int, int]]:
    return {
        (pk, *name): (
            int(part.judged[row, column]),
            int(part.failing[row, column]),
            int(part.undetermined[row, column]),
        )
        for row, pk in enumerate(part.accounts)
        for column, name in enumerate(part.names)
        if part.judged[row, column]
    }


@pytest.mark.parametrize("at", [*DATES, None])
def test_last_points(scope: Scope, at: datetime | None) -> None:
    expected: dict[int, AccountPoint] = {}
    for each in AccountPoint.objects.filter(account__in=scope.account_pks).order_by("at"):
        if at is None or each.at <= at:
            expected[each.account_id] = each

    assert scores.load_latest_points(scope.account_pks, at) == expected
    names = ("account_id", "low", "high", "critical", "high_open", "resources", "empty_gaps", "blind_share")
    found = load_points(scope, at)
    assert {pk: [getattr(point, name) for name in names] for pk, point in found.items()} == {
        pk: [getattr(point, name) for name in names] for pk, point in expected.items()
    }


@pytest.mark.parametrize("at", [*DATES, None])
def test_practice_scores(scope: Scope, at: datetime | None) -> None:
    last: dict[tuple[str, int], PracticePoint] = {}
    for each in PracticePoint.objects.filter(account__in=scope.account_pks).order_by("at"):
        if at is None or each.at <= at:
            last[each.practice_id, each.account_id] = each
    points: dict[str, list[PracticePoint]] = defaultdict(list)
    for (practice, _), each in last.items():
        points[practice].append(each)
    served = {practice for practice, _ in last}

    expected = {
        practice: PracticeScore(
            mean((make_band(each.low, each.high), scope.by_pk[each.account_id].weight) for each in of_accounts),
            *(sum(getattr(each, name) for each in of_accounts) for name in ("passed", "failed", "unknown")),
        )
        for practice, of_accounts in points.items()
    }

    _assert_alike(practice_scores._sum_in_database(scope, at, served), expected)
    if at is not None:
        part = practice_scores._part(
            keep_last_events(load_events(Subject.PRACTICES, _spans(scope, at))), set(scope.account_pks)
        )
        _assert_alike(practice_scores._sum_parts(scope, [part]), expected)
        names, name, owner, numbers = practice_scores._load_rows(scope, scope.account_pks, at, served)
        assert {(names[code], pk): passed for code, pk, passed in zip(name, owner, numbers["passed"], strict=True)} == {
            key: each.passed for key, each in last.items()
        }


def _assert_alike(found: Mapping[str, PracticeScore], expected: Mapping[str, PracticeScore]) -> None:
    assert found.keys() == expected.keys() != set()
    for practice, score in found.items():
        other = expected[practice]
        assert (score.passed, score.failed, score.unknown) == (other.passed, other.failed, other.unknown)
        assert (score.band is None) == (other.band is None)
        if score.band and other.band:
            assert (score.band.low, score.band.high) == pytest.approx((other.band.low, other.band.high))


Counts = Mapping[Any, Mapping[str, int]]


def _add(counts: dict[Any, Counter[str]], key: Any, kind: str) -> None:
    counts.setdefault(key, Counter())[kind] += 1


def _resource_kind(versions: Sequence[Any], since: datetime, until: datetime) -> str | None:
    """Return what happened to a resource between two dates."""
    first, last = (next((each for each in versions if _is_current(each, at)), None) for at in (since, until))
    if first is None and last is None:
        passed = (each.valid_from > since and each.valid_to and each.valid_to <= until for each in versions)
        ends = (each.valid_to and each.close_reason != "changed" for each in versions)
        return "passing" if any(a and b for a, b in zip(passed, ends, strict=True)) else None
    if first is None or last is None:
        return "added" if first is None else "removed"
    if first is last:
        return None
    if bytes(first.known_hash or first.hash) != bytes(last.known_hash or last.hash):
        return "changed"
    return "same" if bytes(first.hash) == bytes(last.hash) else "sight"


def test_changes_of_resources_by_account_type_and_region(scope: Scope) -> None:
    versions: dict[int, list[Any]] = defaultdict(list)
    for current in StoredVersion.objects.filter(account__in=scope.account_pks):
        current.valid_to, current.close_reason = None, ""  # type: ignore[attr-defined]  # as closed ones have them
        versions[current.resource_id].append(current)
    for closed in ClosedVersion.objects.filter(account__in=scope.account_pks):
        versions[closed.resource_id].append(closed)
    of = {each.pk: each for each in StoredResource.objects.filter(account__in=scope.account_pks)}
    kinds = set()
    for since, until in PERIODS:
        by: tuple[dict[Any, Counter[str]], ...] = {}, {}, {}
        for number, mine in versions.items():
            if kind := _resource_kind(mine, since, until):
                kinds.add(kind)
                for counts, key in zip(by, (of[number].account_id, of[number].type, of[number].region), strict=True):
                    _add(counts, key, kind)
        found = change_counts._count_rows("resources", scope.account_pks, since, until)
        assert (found.by_account, found.by_other, found.by_region) == by, (since, until)
    assert kinds == {"added", "removed", "changed", "sight", "same", "passing"}


@pytest.mark.parametrize("subject", ["findings", "finding_types"])
def test_changes_of_findings_by_account_check_and_type(scope: Scope, subject: change_counts.ChangeSubject) -> None:
    records = [*FindingRecord.objects.filter(account__in=scope.account_pks, status="fail")]
    for since, until in PERIODS:
        by: tuple[dict[Any, Counter[str]], ...] = {}, {}
        for each in records:
            key = each.resource_type if subject == "finding_types" else (each.check_id, str(each.severity))
            if since < each.opened_at <= until and (each.reopened or each.open_reason != "found"):
                for counts, one in zip(by, (each.account_id, key), strict=True):
                    _add(counts, one, "reopened" if each.reopened else "opened")
            if each.closed_at and since < each.closed_at <= until:
                for counts, one in zip(by, (each.account_id, key), strict=True):
                    _add(counts, one, "resolved")
        found = change_counts._count_rows(subject, scope.account_pks, since, until)
        assert (found.by_account, found.by_other) == by, (since, until)


def test_how_far_back_and_when_something_was_recorded(scope: Scope) -> None:
    details = "".join(retention.months(table)[0] for table in ("history_version_closed", "history_finding_closed"))
    for at in (day(-1), *DATES, day(42)):
        recorded = [
            *Snapshot.objects.filter(as_of__lte=at).values_list("as_of", flat=True),
            *AccountPoint.objects.filter(account__in=scope.account_pks, at__lte=at).values_list("at", flat=True),
        ]
        assert change_counts.get_reach(scope.account_pks, at) == (max(recorded, default=None), details)


@pytest.mark.parametrize("cached_from", [1, 10**9])
def test_resources_are_ranked_by_name(scope: Scope, tune: Tune, cached_from: int) -> None:
    tune(cached_scope_min_accounts=cached_from)
    cache.clear()
    rows = query.load_resources_of_type(scope, BUCKET)
    named = StoredVersion.objects.filter(type=BUCKET, account__in=scope.account_pks).values_list("name", "resource_id")

    ranks = query.rank_by_name(scope, BUCKET, rows)
    assert [number for _, number in sorted(zip(ranks.tolist(), rows.number.tolist(), strict=True))] == [
        number for _, number in sorted(named)
    ]
    assert len(rows) > 4


def test_points_that_a_fix_wins(scope: Scope) -> None:
    tallies: dict[AwsAccount, list[Tally]] = defaultdict(list)
    for each in CheckCountsRecord.objects.filter(account__in=scope.account_pks, valid_to=None):
        fields = ("passed", "failed", "unknown", "stale", "accepted", "not_applicable", "gap_units")
        counts = {name: getattr(each, name) for name in fields}
        tallies[scope.by_pk[each.account_id]].append(Tally(each.check_id, Severity(each.severity), **counts))
    judging = {owner: mine for owner, mine in tallies.items() if any(each.judged for each in mine)}
    whole = sum(owner.weight for owner in judging)
    expected = {
        check_id: sum(owner.weight / whole * gain(mine, [check_id]) for owner, mine in judging.items())
        for check_id in rules.CHECKS
    }

    found = {each.check_id: each.gain for each in query.rank_fixes(scope)}
    assert found == pytest.approx({check_id: points for check_id, points in expected.items() if points})
    assert len(found) > 1


def test_when_accounts_were_swept_last(scope: Scope) -> None:
    expected: dict[int, datetime] = {}
    done = AccountSweep.objects.filter(account__in=scope.account_pks, state=AccountSweep.State.DONE)
    for each in done.select_related("snapshot").order_by("snapshot__as_of"):
        expected[each.account_id] = each.snapshot.as_of

    assert scores._load_last_sweeps(scope, scope.account_pks) == expected
    assert len(set(expected.values())) == 2
