"""Lists of changes begin with the newest, by an index instead of a sort."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.history import query
from posture.history.query.changes import NEWEST_FIRST
from posture.history.scope import Scope
from posture.web.keyset import KeysetRows
from tests import shared
from tests.depth import examples
from tests.history import rules
from tests.history.world import account, bucket, day, organization, sweep, user

pytestmark = pytest.mark.django_db

KINDS = ("added", "removed", "changed", "opened", "resolved")


@pytest.fixture(scope="module")
def recorded(django_db_setup: None, django_db_blocker: Any) -> Iterator[query.Changes]:
    with shared.rows(django_db_blocker), rules.in_force():
        yield record_changes()


@pytest.fixture
def changes(recorded: query.Changes) -> query.Changes:
    return copy.deepcopy(recorded)


def record_changes() -> query.Changes:
    acme = organization()
    web = account(acme)
    names = [f"b{number}" for number in range(6)]
    sweep(web, day(0), [bucket(name, Public=place > 2) for place, name in enumerate(names)])
    for number in range(1, 4):
        kept = [bucket(name, Public=place < number) for place, name in enumerate(names)][: 6 - number]
        new = [bucket(f"n{each}", Public=each < number) for each in range(1, number + 1)]
        sweep(web, day(number), [*kept, *new], confirmed_gone=[bucket(names[6 - number]).arn])
    return query.changes_between(Scope.of(user(), acme), day(0), day(3))


@pytest.mark.parametrize("kind", KINDS)
def test_pages_follow_each_other_newest_first(changes: query.Changes, kind: str) -> None:
    first, second = NEWEST_FIRST[kind]
    rows = getattr(changes, kind).order_by(first, second)

    paged = [record for start in range(rows.count()) for record in rows[start : start + 1]]

    moments = [getattr(record, first.removeprefix("-")) for record in paged]
    assert len(paged) > 1
    assert len({record.id for record in paged}) == len(paged)
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("kind", ["added", "changed", "opened"])
def test_the_first_page_is_read_in_the_order_of_an_index(changes: query.Changes, kind: str) -> None:
    rows = getattr(changes, kind).order_by(*NEWEST_FIRST[kind])[:1]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # there is next to nothing to read
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")  # used all the same where no index gives the order

        plan = json.loads(rows.explain(format="json"))

    assert not [each for each in _nodes(plan[0]["Plan"]) if each in {"Sort", "Incremental Sort"}]


class Remembered:
    """Places that are remembered for as long as a test."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[Any, ...]] = {}

    def load(self) -> dict[int, tuple[Any, ...]]:
        return dict(self.known)

    def save(self, known: dict[int, tuple[Any, ...]]) -> None:
        self.known = known


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asked=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), min_size=1, max_size=8))
def test_pages_are_the_same_from_wherever_they_are_read(
    changes: query.Changes, kind: str, asked: list[tuple[int, int]]
) -> None:
    fields = [name.removeprefix("-") for name in NEWEST_FIRST[kind]]
    rows = getattr(changes, kind)
    whole = [record.id for record in rows.order_by(*NEWEST_FIRST[kind])]
    placed = KeysetRows(rows, fields, len(whole), Remembered())

    for start, size in asked:
        assert [record.id for record in placed[start : start + size]] == whole[start : start + size]


def test_a_page_is_read_from_the_row_before_it(changes: query.Changes) -> None:
    remembered = Remembered()
    placed = KeysetRows(changes.opened, ("opened_at", "id"), 100, remembered)
    first = placed[0:2]

    with CaptureQueriesContext(connection) as queries:
        second = placed[2:4]

    assert list(remembered.known) == [0, 1, 2, 3]
    assert [record.id for record in changes.opened.order_by("-opened_at", "-id")[:4]] == [
        record.id for record in [*first, *second]
    ]
    assert "OFFSET 1" in queries[0]["sql"]
    assert ") <= (" in queries[0]["sql"]


def test_a_page_that_is_asked_for_again_is_not_read_again(changes: query.Changes) -> None:
    placed = KeysetRows(changes.opened, ("opened_at", "id"), 100, Remembered())
    first = placed[0:2]
    expected = [record.id for record in first]
    first.clear()

    with CaptureQueriesContext(connection) as queries:
        again = placed[0:2]

    assert [record.id for record in again] == expected
    assert len(queries) == 0
    assert next(iter(placed[1:3])).id == expected[1], "another page is another page"


def _nodes(plan: dict[str, Any]) -> list[str]:
    return [plan["Node Type"], *(name for each in plan.get("Plans", ()) for name in _nodes(each))]
