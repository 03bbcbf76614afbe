"""How often recording goes to the database: a sweep of a thousand accounts pays each statement a thousand times."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import DataError, IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from posture.history.models import AccountPoint
from posture.history.record import record_account
from posture.history.record.bulk import execute, fetch, fetch_each
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


def test_the_database_keeps_the_plans_of_what_recording_asks() -> None:
    """Django switches that off in psycopg, which says nothing where it is asked for then."""
    account = world.account(world.organization())
    for number in range(2):
        sweep(account, day(number), [bucket("a", Public=bool(number))])
    ((number, text),) = fetch("SELECT count(*), string_agg(statement, ';') FROM pg_prepared_statements", [])
    assert number >= 10
    assert "FOR UPDATE" in text


def test_what_goes_beside_its_cursors_fails_as_django_has_it() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        execute("INSERT INTO history_accountstate (account_id) VALUES (%s)", [None])
    with pytest.raises(DataError, match="division"), transaction.atomic():
        fetch_each(("SELECT 1", []), ("SELECT 1 / %s::int", [0]))
    assert fetch("SELECT 1", []) == [(1,)]
