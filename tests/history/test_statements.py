"""How often recording goes to the database: a sweep of a thousand accounts pays each statement a thousand times."""

from __future__ import annotations

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
