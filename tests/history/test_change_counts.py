"""Cached counts of periods equal fresh ones; only new records are counted again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as NotConnectedError

from accounts.models import AwsAccount, Organization, Ownership, Role, User
from posture.core.check import Check
from posture.core.outcome import Severity
from posture.history import query
from posture.history.columnar import event_log
from posture.history.columnar.event_reader import REASONS, Subject
from posture.history.columnar.period_counts import NO_CHANGES, ChangeRows, join_change_rows
from posture.history.ingest import close_left_account
from posture.history.ingest.finding_changes import FOUND
from posture.history.models import ClosedEpisode, EventLogMonth
from posture.history.partitions import ensure_month
from posture.history.query import change_counts, constant_cohort
from posture.history.query.change_counts import ChangeSubject, ChangeTotals
from posture.history.scope import Scope
from posture.history.tuning import tuning
from posture.pages.drift.words import OPENED
from tests.history import rules
from tests.history.rules import BUCKET
from tests.history.world import DENIED, account, bucket, day, gap, organization, sweep, user
from tests.tuning import Tune

pytestmark = pytest.mark.django_db

SUBJECTS: tuple[ChangeSubject, ...] = ("resources", "findings", "finding_types")


@pytest.fixture(autouse=True)
def scopes_of_any_size_are_large(tune: Tune) -> None:
    """Cache results for scopes of any size, and count them from the event log.

    Each account is a shard.
    """
    tune(cached_scope_min_accounts=0)
    tune(event_log_min_accounts=0)
    tune(event_log_shard_accounts=1)


@pytest.fixture
def acme() -> Organization:
    return organization()


@pytest.fixture
def web(acme: Organization) -> AwsAccount:
    return account(acme, name="web")


@pytest.fixture
def data(acme: Organization) -> AwsAccount:
    return account(acme, name="data")


def counted(scope: Scope, since: datetime, until: datetime, monkeypatch: pytest.MonkeyPatch) -> list[ChangeTotals]:
    """Return what the store itself is counted to."""
    with monkeypatch.context() as patched:
        patched.setattr(tuning, "cached_scope_min_accounts", 10**9)
        patched.setattr(tuning, "event_log_min_accounts", 10**9)
        return [change_counts.count_changes(scope, subject, since, until) for subject in SUBJECTS]


def counting(scope: Scope, since: datetime, until: datetime) -> list[str]:
    """Return the statements that read versions or episodes."""
    with CaptureQueriesContext(connection) as queries:
        for subject in SUBJECTS:
            change_counts.count_changes(scope, subject, since, until)
    return [each["sql"] for each in queries if "_closed v" in each["sql"] or "_closed f" in each["sql"]]


def test_what_is_kept_is_what_is_counted_whatever_is_recorded(
    acme: Organization, web: AwsAccount, data: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = user()
    steps: list[Callable[[], Any]] = [
        lambda: sweep(web, day(0), [bucket("site"), bucket("gone", Public=True)]),
        lambda: sweep(data, day(0), [bucket("pii", Encrypted=False)]),
        lambda: event_log.extend([web.pk, data.pk]),
        lambda: sweep(web, day(1), [bucket("site", Public=True)], confirmed_gone=[bucket("gone").arn]),
        lambda: sweep(data, day(1.5), [bucket("pii", Website=DENIED), bucket("new")]),
        lambda: event_log.extend([data.pk]),
        lambda: sweep(web, day(2), [bucket("site"), bucket("gone", Public=True)]),
        lambda: close_left_account(data, day(2.25)),
        lambda: sweep(data, day(2), [bucket("late")]),
        lambda: event_log.extend([web.pk, data.pk]),
        lambda: sweep(data, day(3), [bucket("pii")]),
    ]
    dates = [day(number) for number in (-1, 0, 0.75, 1.25, 2, 2.5, 4)]
    for number, step in enumerate(steps):
        step()
        for since, until in combinations(dates, 2):
            scope = Scope.of(admin, acme)
            kept = [change_counts.count_changes(scope, subject, since, until) for subject in SUBJECTS]
            assert kept == counted(scope, since, until, monkeypatch), f"after step {number}, {since} to {until}"


def test_what_was_counted_once_is_not_counted_again_while_the_clock_goes_on(
    acme: Organization, web: AwsAccount
) -> None:
    sweep(web, day(0), [bucket("a")])
    sweep(web, day(1), [bucket("a", Public=True)])
    scope, second = Scope.of(user(), acme), timedelta(seconds=1)

    assert len(counting(scope, day(0.5), day(2))) == 3
    assert not counting(scope, day(0.5) + second, day(2) + second)


def test_what_is_journaled_is_not_read_again(acme: Organization, web: AwsAccount, data: AwsAccount, tune: Tune) -> None:
    for number in range(2):
        sweep(web, day(number), [bucket("a", Public=bool(number))])
        sweep(data, day(number), [bucket("b", Public=bool(number))])
    scope = Scope.of(user(), acme)
    assert counting(scope, day(0), day(1))
    cache.clear()

    event_log.extend(scope.account_pks)
    assert not counting(scope, day(0), day(1))
    cache.clear()

    sweep(web, day(2), [bucket("a")])
    assert not counting(scope, day(0), day(1))
    cache.clear()
    counted = counting(scope, day(0), day(9))
    assert len(counted) == 3
    assert all(f"{{{web.pk}}}" in each for each in counted)
    tune(event_log_max_lag=timedelta(0))  # as if it were far ahead
    cache.clear()
    assert query.changes_between(scope, day(0), day(9)).counts.resolved == 1


def test_what_was_counted_ahead_is_what_a_page_asks_for(acme: Organization, web: AwsAccount) -> None:
    acme.is_simulated = True  # so that its present is its last sweep
    acme.save()
    for number in (0, 35, 36):
        sweep(web, day(number), [bucket("a", Public=number == 36)])
    change_counts.warm_up(acme)
    scope = Scope.of(user(), acme)

    for since in (day(0), scope.compare_to, scope.now - timedelta(days=7)):
        with CaptureQueriesContext(connection) as queries:
            assert query.changes_between(scope, since, scope.now).counts.opened == 1
        assert not [each["sql"] for each in queries if "_closed v" in each["sql"]]


def test_findings_follow_the_latest_severity_in_the_journal_too(
    acme: Organization, web: AwsAccount, fake_checks: dict[str, Check], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(web, day(0), [bucket("a"), bucket("b")])
    sweep(web, day(1), [bucket("a", Public=True), bucket("b", Public=True)])
    event_log.extend([web.pk])
    fake_checks["bucket_private"] = replace(fake_checks["bucket_private"], severity=Severity.LOW)
    rules.reload()

    for step in (
        lambda: sweep(web, day(2), [bucket("a", Public=True)], [gap(BUCKET)]),  # of b nothing is said
        lambda: sweep(web, day(3), [bucket("a", Public=True), bucket("b", Public=True)]),
        lambda: event_log.extend([web.pk]),
        lambda: sweep(web, day(4), [bucket("a", Public=True), bucket("b")]),
    ):
        step()
        scope = Scope.of(user(), acme)
        kept = [change_counts.count_changes(scope, subject, day(0), day(9)) for subject in SUBJECTS]
        assert kept == counted(scope, day(0), day(9), monkeypatch)
    latest = change_counts.count_changes(Scope.of(user(), acme), "findings", day(0), day(9))
    assert latest.by_other == {("bucket_private", "1"): {"opened": 2, "resolved": 1}}


def test_months_inside_the_period_are_counted_by_their_sums(
    acme: Organization, web: AwsAccount, data: AwsAccount, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    tune(event_log_shard_accounts=10**9)
    for number in range(0, 120, 10):
        for owner in (web, data):
            sweep(owner, day(number), [bucket(f"{owner.name}-a", Public=number % 20 == 0), bucket(f"b{number}")])
    scope = Scope.of(user(), acme)
    event_log.extend(scope.account_pks)
    for since, until in combinations([day(number) for number in (0, 15, 50, 119)], 2):
        kept = [change_counts.count_changes(scope, subject, since, until) for subject in SUBJECTS]
        assert kept == counted(scope, since, until, monkeypatch)

    def read_in(pks: list[int]) -> tuple[int, int]:
        known = event_log.read_events(Subject.FINDINGS, pks, day(15), day(119), summed=True)
        return len(known.summed), sum(len(events) for events in known.months)

    months = EventLogMonth.objects.filter(subject=Subject.FINDINGS)
    in_part = months.earliest("month")
    assert read_in(scope.account_pks)[0] == months.count() - 1
    assert 0 < read_in(scope.account_pks)[1] < in_part.rows
    assert read_in([data.pk])[0] == 0  # whose sums would hold another's
    months.update(totals=None)  # as it was written before sums were
    assert read_in(scope.account_pks)[0] == 0
    event_log.extend(scope.account_pks)
    assert read_in(scope.account_pks)[0] == months.count() - 1


def test_what_happens_where_a_month_begins_is_counted_on_either_side(
    acme: Organization, web: AwsAccount, data: AwsAccount, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    tune(event_log_min_accounts=0)
    tune(event_log_shard_accounts=10**9)
    begins, late = [datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3)], timedelta(microseconds=1)
    swept = [day(0), begins[0] - late, begins[0], begins[0] + late, begins[1]]
    for number, at in enumerate(swept):
        sweep(web, at, [bucket("a", Public=number % 2 == 1), bucket(f"web-{number // 2}", Public=True)])
        sweep(data, at, [bucket("b", Encrypted=number % 3 == 0), bucket(f"data-{number}")])
    scope = Scope.of(user(), acme)
    event_log.extend(scope.account_pks)
    edges = {edge + by for edge in swept for by in (-late, timedelta(0), late)}
    for since, until in combinations(sorted(edges), 2):
        kept = [change_counts.count_changes(scope, subject, since, until) for subject in SUBJECTS]
        assert kept == counted(scope, since, until, monkeypatch), (since, until)
        bands = constant_cohort._compute(scope.account_pks, since, until)
        alone = constant_cohort._replay_rows(scope.account_pks, since, until)
        assert {pk: pytest.approx(ends) for pk, ends in bands.items()} == alone, (since, until)


def test_resources_whose_numbers_are_far_apart_are_counted(
    acme: Organization, web: AwsAccount, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    tune(dense_resource_keys_max=0)
    for number in range(3):
        sweep(web, day(number), [bucket("a", Public=bool(number)), bucket(f"b{number}")])
    scope = Scope.of(user(), acme)

    kept = [change_counts.count_changes(scope, subject, day(0), day(2)) for subject in SUBJECTS]
    assert kept == counted(scope, day(0), day(2), monkeypatch)


def test_who_sees_less_is_given_the_pieces_of_their_own_accounts(
    acme: Organization, web: AwsAccount, data: AwsAccount
) -> None:
    for number in range(2):
        sweep(web, day(number), [bucket("a", Public=bool(number))])
        sweep(data, day(number), [bucket("b", Public=bool(number)), bucket("c", Public=bool(number))])
    owner = User.objects.create(username="olga", role=Role.OWNER)
    Ownership.objects.create(user=owner, account=data)
    whole, own = Scope.of(user(), acme), Scope.of(owner, acme)
    event_log.extend(whole.account_pks)

    assert set(query.changes_between(whole, day(0), day(1)).resource_groups("account_id")) == {web.pk, data.pk}
    assert query.changes_between(own, day(0), day(1)).resource_groups("account_id") == {data.pk: {"changed": 2}}
    assert query.changes_between(own, day(0), day(1)).counts.opened == 2


def test_without_a_cache_everything_is_counted(
    acme: Organization, web: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NotConnectedError

    for number in range(2):
        sweep(web, day(number), [bucket("a", Public=bool(number))])
    for name in ("get", "set", "get_many", "set_many"):
        monkeypatch.setattr(cache, name, fail)

    assert query.changes_between(Scope.of(user(), acme), day(0), day(1)).counts.changed == 1


def test_what_was_forgotten_is_not_counted_from_what_was_kept(
    acme: Organization, web: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        sweep(web, day(number), [bucket("a", Public=number == 1)])
    scope = Scope.of(user(), acme)
    event_log.extend(scope.account_pks)
    ensure_month(day(40))
    assert query.changes_between(scope, day(0), day(2)).counts.same == 1

    with connection.cursor() as cursor:
        for table in ("history_version_closed", "history_finding_closed"):
            cursor.execute(f'DROP TABLE "{table}_{day(1):%Y_%m}"')  # as retention does, but for detaching first

    scope = Scope.of(user(), acme)  # the next request's
    kept = [change_counts.count_changes(scope, subject, day(0), day(2)) for subject in SUBJECTS]
    assert kept == counted(scope, day(0), day(2), monkeypatch)


def test_every_reason_of_a_finding_has_its_place_in_the_journal() -> None:
    """The reasons for which findings open are those of recording, which pages label."""
    assert {*OPENED, FOUND, *ClosedEpisode.Reason} == {*REASONS}
    assert len(REASONS) == len({*REASONS}) < 256


def test_rows_join_with_a_shard_in_which_nothing_changed() -> None:
    """Findings have no numbers, and those of no rows at all must not stand for them."""
    at = np.array([1, 2, 3], np.int64)
    findings = ChangeRows(("a\x1fb",), np.zeros(3, np.intp), np.ones(3, np.int64), at)
    resources = ChangeRows(("a\x1fb",), np.zeros(3, np.intp), np.ones(3, np.int64), at, at)
    for shards in ([NO_CHANGES, findings], [findings, NO_CHANGES]):
        joined = join_change_rows(shards)
        assert joined.number is None
        assert joined.select(joined.at > 1).at.tolist() == [2, 3]
    numbers = join_change_rows([NO_CHANGES, resources]).number
    assert numbers is not None
    assert numbers.tolist() == [1, 2, 3]
    assert len(join_change_rows([NO_CHANGES, NO_CHANGES])) == 0
