"""Cached results equal fresh ones, and are computed again after any change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries
from redis.exceptions import ConnectionError as NotConnectedError

from accounts.models import AwsAccount, Organization, Ownership, Role, User
from posture.history import query, triage
from posture.history.models import Snapshot
from posture.history.query import constant_cohort
from posture.history.scope import Scope
from posture.history.tuning import tuning
from posture.history.upkeep.finish import finish_snapshot
from tests.history.rules import VOLUME
from tests.history.world import account, bucket, day, gap, organization, sweep, user, volume
from tests.tuning import Tune

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def all_scopes_are_large(tune: Tune) -> None:
    """Keep results for scopes of any size."""
    tune(cached_scope_min_accounts=0)


@pytest.fixture
def acme() -> Organization:
    return organization(is_simulated=True)


@pytest.fixture
def web(acme: Organization) -> AwsAccount:
    made = account(acme, name="web")
    sweep(made, day(0), [bucket("site"), bucket("logs", Encrypted=False)])
    finish_snapshot(Snapshot.objects.get(as_of=day(0)))
    return made


READS: dict[str, Callable[[Scope], Any]] = {
    "accounts": query.summarize_accounts,
    "practices": query.summarize_practices,
    "checks": query.summarize_checks,
    "types": query.count_types,
    "score": query.load_score,
    "score_before": query.load_score_before,
    "blind": query.load_blind_share,
    "worse": query.list_regressions,
    "fix_first": query.rank_fixes,
    "time_to_fix": query.load_time_to_fix,
    "fixing": lambda scope: query.load_fix_durations(scope, day(0), scope.now, None),
    "held": lambda scope: query.compute_cohort_score(scope, day(0), scope.now),
    "held since": lambda scope: query.compute_cohort_score(scope, min(day(1), scope.now), scope.now),
}


def live(scope: Scope, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what is read without keeping."""
    with monkeypatch.context() as patched:
        patched.setattr(tuning, "cached_scope_min_accounts", 10**9)
        return READS[name](scope)


def test_what_is_kept_is_what_is_read_at_every_step(
    acme: Organization, web: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, data = user(), account(acme, name="data", weight=3.0)

    def accept() -> None:
        scope = Scope.of(admin, acme)
        found = query.findings(scope).filter(status="fail").earliest("opened_at")
        triage.accept_risk(admin, found, "It is public on purpose.", scope.now + timedelta(days=30))

    steps: list[Callable[[], object]] = [
        lambda: sweep(web, day(1), [bucket("site", Public=True), bucket("logs", Encrypted=False)]),
        lambda: finish_snapshot(Snapshot.objects.get(as_of=day(1))),
        lambda: sweep(data, day(1), [bucket("pii", Public=True), volume("disk")]),
        accept,
        lambda: sweep(web, day(2), [bucket("site"), bucket("new", Public=True)]),
        lambda: sweep(data, day(2), [bucket("pii")], [gap(VOLUME)]),
        lambda: AwsAccount.objects.filter(pk=data.pk).update(weight=1.0),
        lambda: AwsAccount.objects.filter(pk=web.pk).update(name="shop"),
    ]
    for number, step in enumerate(steps):
        step()
        for dates in ({}, {"as_of": day(1)}, {"as_of": day(1) - timedelta(hours=1)}, {"compare_to": day(1)}):
            scope = Scope.of(admin, acme, **dates)  # type: ignore[arg-type]  # dates alone
            for name, reads in READS.items():
                reads(scope)
                assert reads(scope) == live(scope, name, monkeypatch), f"{name} after step {number}, {dates}"


def test_a_second_reader_finds_what_the_first_read(
    acme: Organization, web: AwsAccount, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert web.organization == acme
    first, second = user(), user("executive")
    query.count_types(Scope.of(first, acme))
    scope = Scope.of(second, acme)

    with django_assert_max_num_queries(3):  # the two stamps, and the sweep before the date of comparison
        assert query.count_types(scope)


def test_who_sees_less_is_never_given_what_was_kept_for_who_sees_all(acme: Organization, web: AwsAccount) -> None:
    mine = account(acme, name="mine")
    sweep(mine, day(1), [bucket("a"), bucket("b")])
    owner = User.objects.create(username="olga", role=Role.OWNER)
    Ownership.objects.create(user=owner, account=mine)

    everything = query.summarize_accounts(Scope.of(user(), acme))
    own = query.summarize_accounts(Scope.of(owner, acme))

    assert {each.account for each in everything} == {web, mine}
    assert {each.account for each in own} == {mine}


def test_what_was_worked_out_ahead_is_what_a_page_asks_for(
    acme: Organization, web: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(web, day(31), [bucket("site"), bucket("logs")])
    finish_snapshot(Snapshot.objects.get(as_of=day(31)))
    constant_cohort.warm_up(acme)
    scope = Scope.of(user(), acme)
    expected = query.load_score(scope)
    with monkeypatch.context() as patched:
        patched.setattr(constant_cohort, "_compute", lambda *_: {})
        assert query.compute_cohort_score(scope, scope.compare_to, scope.now) == expected
        assert query.compute_cohort_score(scope, scope.now, scope.now) is None, "nobody has asked for that before"


def test_without_a_cache_everything_is_read(
    acme: Organization, web: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NotConnectedError

    assert web.organization == acme
    monkeypatch.setattr(cache, "get", fail)
    monkeypatch.setattr(cache, "set", fail)

    assert [each.type for each in query.count_types(Scope.of(user(), acme))]


def test_a_small_scope_is_always_read(acme: Organization, web: AwsAccount, tune: Tune) -> None:
    tune(cached_scope_min_accounts=50)
    assert web.organization == acme
    made: list[int] = []

    for _ in range(2):
        query.get_or_compute(Scope.of(user(), acme), "some", lambda: made.append(1))

    assert len(made) == 2
