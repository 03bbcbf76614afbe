"""The constant-cohort score is the same from the event log as from the store.

And the event log is read.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from accounts.models import AwsAccount, Organization
from posture.history import query, triage
from posture.history.columnar import event_log
from posture.history.query import constant_cohort
from posture.history.scope import Scope
from tests.history.world import account, bucket, day, gap, organization, sweep, user, volume
from tests.tuning import Tune

pytestmark = pytest.mark.django_db

DATES = [day(number) for number in (0, 12, 20, 31, 50, 62, 70, 85, 99)]


@pytest.fixture(autouse=True)
def accounts_are_journaled_together(tune: Tune) -> None:
    tune(event_log_shard_accounts=10**9)
    tune(event_log_min_accounts=0)


@pytest.fixture
def acme() -> Organization:
    return organization()


@pytest.fixture
def web(acme: Organization) -> AwsAccount:
    return account(acme, name="web")


@pytest.fixture
def data(acme: Organization) -> AwsAccount:
    return account(acme, name="data")


def agree(*accounts: AwsAccount) -> int:
    """Compare both results between any two dates; return how many there were."""
    pks, number = [each.pk for each in accounts], 0
    for since, until in combinations(DATES, 2):
        found, counted = constant_cohort._compute(pks, since, until), constant_cohort._replay_rows(pks, since, until)
        assert found == {pk: pytest.approx(ends) for pk, ends in counted.items()}, (since, until)
        number += len(counted)
    return number


def fail(*_: Any) -> None:
    raise AssertionError("the store was counted")


def steps(web: AwsAccount, data: AwsAccount) -> list[Callable[[], Any]]:
    return [
        lambda: sweep(web, day(0), [bucket("a", Public=True), bucket("b"), bucket("c"), volume("v")]),
        lambda: sweep(data, day(0), [bucket("d", Public=True), bucket("e")]),
        lambda: sweep(web, day(10), [bucket("a"), bucket("b", Public=True), bucket("c"), bucket("n"), volume("v")]),
        lambda: sweep(web, day(20), [bucket("a", Public=True), bucket("b"), bucket("n", Public=True)]),
        lambda: sweep(web, day(31), [bucket("a", Public=True), bucket("b"), bucket("n", Public=True)]),
        lambda: sweep(data, day(33), [bucket("d"), bucket("e", Public=True), bucket("f", Public=True)]),
        lambda: sweep(web, day(50), [bucket("b", Encrypted=False)], [gap()]),
        lambda: triage.call_false_positive(user(), _failing(web), "It is meant to be so."),
        lambda: sweep(data, day(62), [bucket("d"), bucket("e", Public=True)]),
        lambda: triage.call_false_positive(user(), _failing(data), "It is meant to be so."),
        lambda: sweep(web, day(70), [bucket("b", Public=True), volume("v", Encrypted=False)]),
        lambda: sweep(data, day(70), [bucket("d", Public=True), bucket("e", Public=True)]),
        lambda: sweep(web, day(85), [bucket("b"), volume("v", Encrypted=False)]),
        lambda: sweep(data, day(85), [bucket("d", Public=True)]),
    ]


def _failing(owner: AwsAccount) -> Any:
    scope = Scope.of(user(), owner.organization)
    return query.findings(scope).filter(account=owner, status="fail", triage="open").earliest("opened_at", "id")


@pytest.mark.parametrize("often", [True, False])
def test_it_is_the_same_from_the_journal_whenever_that_is_written(
    web: AwsAccount, data: AwsAccount, *, often: bool
) -> None:
    for number, step in enumerate(steps(web, data)):
        step()
        if often:
            event_log.extend([web.pk, data.pk])
        if number in {3, 8}:
            agree(web, data)
    event_log.extend([web.pk, data.pk])
    assert agree(web, data) > 60
    assert agree(data) > 30


def test_an_account_may_be_journaled_long_after_others(web: AwsAccount, data: AwsAccount) -> None:
    for number, step in enumerate(steps(web, data)):
        step()
        event_log.extend([web.pk] if number < 9 else [data.pk, web.pk])
    agree(web, data)


def test_the_store_is_not_counted_where_the_event_log_answers(
    web: AwsAccount, data: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in steps(web, data):
        step()
    event_log.extend([web.pk, data.pk])
    monkeypatch.setattr(constant_cohort, "_replay_rows", fail)
    for since, until in combinations([at for at in DATES if at < day(85)], 2):
        assert constant_cohort._compute([web.pk, data.pk], since, until).keys() <= {web.pk, data.pk}
    with pytest.raises(AssertionError, match="the store was counted"):
        constant_cohort._compute([web.pk], day(90), day(99))  # what is current since the last sweep may be decided on


def test_past_states_are_known_after_the_months_before_are_forgotten(
    web: AwsAccount, data: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in steps(web, data)[:5]:
        step()
    sweep(web, day(99), [bucket("b")])
    sweep(data, day(99), [bucket("d")])
    event_log.extend([web.pk, data.pk])
    expected = [constant_cohort._replay_rows([web.pk, data.pk], at, day(98)) for at in (day(63), day(70))]
    event_log.forget_before(day(60))
    monkeypatch.setattr(constant_cohort, "_replay_rows", fail)
    found = [constant_cohort._compute([web.pk, data.pk], at, day(98)) for at in (day(63), day(70))]
    assert found == [{pk: pytest.approx(ends) for pk, ends in each.items()} for each in expected]
    assert all(expected)
