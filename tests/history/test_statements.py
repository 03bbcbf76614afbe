"""How often recording goes to the database: a sweep of a thousand accounts pays each statement a thousand times."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries

from posture.history.models import AccountPoint
from posture.history.record import record_account
from tests.history import world
from tests.history.world import bucket, day, result_of, snapshot, sweep, volume

pytestmark = pytest.mark.django_db

HELD = {name: volume(name) if name < "c" else bucket(name, Public=True) for name in "abcde"}


def test_an_account_that_has_not_changed_takes_two_statements(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    result = result_of(account, day(1), HELD.values())
    part = snapshot(account.organization, day(1)).account_sweeps.create(account=account)
    with django_assert_num_queries(4):  # with the savepoint's two
        recorded = record_account(part, result)
    assert (recorded.note, recorded.resources) == ("Nothing has changed.", 5)
    assert AccountPoint.objects.filter(account=account).count() == 2


def test_what_changed_is_read_and_written_in_few_exchanges(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    sweep(account, day(1), (HELD | {"d": bucket("d", Public=False)}).values())
    moved = HELD | {"d": bucket("d", Public=True), "f": bucket("f", Public=True)}
    del moved["e"]
    result = replace(result_of(account, day(2), moved.values()), judgements=(), is_judged=False)
    part = snapshot(account.organization, day(2)).account_sweeps.create(account=account)
    with django_assert_num_queries(11):
        recorded = record_account(part, result)
    assert (recorded.resources, recorded.opened, recorded.resolved) == (6, 2, 0)
