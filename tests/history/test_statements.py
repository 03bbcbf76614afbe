"""How many statements recording runs: an organization pays each a thousand times."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import DataError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pytest_django import DjangoAssertNumQueries

from posture.history.ingest import record_account
from posture.history.ingest.bulk import copy, execute, fetch, fetch_each, together
from posture.history.models import AccountPoint, StoredResource
from tests.depth import examples
from tests.history import world
from tests.history.world import bucket, day, result_of, snapshot, sweep, volume

pytestmark = pytest.mark.django_db

HELD = {name: volume(name) if name < "c" else bucket(name, Public=True) for name in "abcde"}


def test_an_account_that_has_not_changed_takes_three_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    result = result_of(account, day(1), HELD.values())
    part = snapshot(account.organization, day(1)).account_sweeps.create(account=account)
    with django_assert_max_num_queries(5):  # with the savepoint's two, and the values of parameters
        recorded = record_account(part, result)
    assert (recorded.note, recorded.resources) == ("Nothing has changed.", 5)
    assert AccountPoint.objects.filter(account=account).count() == 2


def test_what_changed_is_read_and_written_in_few_exchanges(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    account = world.account(world.organization())
    sweep(account, day(0), HELD.values())
    sweep(account, day(1), (HELD | {"d": bucket("d", Public=False)}).values())
    moved = HELD | {"d": bucket("d", Public=True), "f": bucket("f", Public=True)}
    del moved["e"]
    result = replace(result_of(account, day(2), moved.values()), judgements=(), is_judged=False)
    part = snapshot(account.organization, day(2)).account_sweeps.create(account=account)
    with django_assert_max_num_queries(10):
        recorded = record_account(part, result)
    assert (recorded.resources, recorded.opened, recorded.resolved) == (6, 2, 0)


def test_the_database_keeps_the_plans_of_what_recording_asks() -> None:
    """Django switches this off in psycopg, which does not report it when asked then."""
    account = world.account(world.organization())
    for number in range(2):
        sweep(account, day(number), [bucket("a", Public=bool(number))])
    ((number, text),) = fetch("SELECT count(*), string_agg(statement, ';') FROM pg_prepared_statements", [])
    assert number >= 10
    assert "FOR UPDATE" in text


def test_what_goes_past_its_cursors_fails_as_django_has_it() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        execute("INSERT INTO history_accountstate (account_id) VALUES (%s)", [None])
    with pytest.raises(DataError, match="division"), transaction.atomic():
        fetch_each(("SELECT 1", []), ("SELECT 1 / %s::int", [0]))
    assert fetch("SELECT 1", []) == [(1,)]


NUMBERS = some.lists(some.integers(-(2**63), 2**63 - 1) | some.none(), max_size=8)
FLOATS = some.lists(some.floats(allow_nan=False) | some.none(), max_size=8)
BYTES = some.lists(some.binary(max_size=40), max_size=8)
TEXTS = some.lists(some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8))


@given(NUMBERS, FLOATS, BYTES, TEXTS)
@settings(
    max_examples=examples(8),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_arrays_arrive_as_they_were_handed_over(
    numbers: list[int | None], floats: list[float | None], raw: list[bytes], texts: list[str]
) -> None:
    asked = "SELECT %s::bigint[], %s::float8[], %s::bytea[], %s::text[]"

    assert fetch(asked, [numbers, floats, raw, texts]) == [(numbers, floats, raw, texts)]


def test_one_row_goes_with_the_statements_and_several_are_copied(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    names = ("account_id", "uid", "type", "region", "arn", "name", "first_seen", "unseen_periods", "names_before")
    account = world.account(world.organization())
    hostile = "{a,\"b\\'; DROP TABLE history_resource; --%s"

    def row(number: int) -> list[object]:
        return [account.pk, bytes([number, 0, 255]), "T", "r", f"arn:{number}", hostile, day(number), None, ""]

    with django_assert_max_num_queries(1), together():
        copy("history_resource", names, [row(0)])
        execute("UPDATE history_resource SET region = 'seen' WHERE account_id = %s", [account.pk])
    with django_assert_max_num_queries(2), together():
        copy("history_resource", names, [row(1), row(2)])
        execute("UPDATE history_resource SET type = 'seen' WHERE account_id = %s", [account.pk])

    found = StoredResource.objects.order_by("arn").values_list("arn", "region", "type", "name", "uid")
    assert [(*each[:4], bytes(each[4])) for each in found] == [
        ("arn:0", "seen", "seen", hostile, b"\0\0\xff"),
        ("arn:1", "r", "T", hostile, b"\1\0\xff"),
        ("arn:2", "r", "T", hostile, b"\2\0\xff"),
    ]
