"""Pipelined statements over libpq: data arrives, failures break no connection."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from posture.core.shortcuts import NONE, VARIABLE, Shortcut
from posture.history.ingest import pipeline
from posture.history.ingest.bulk import execute, fetch, fetch_each
from tests.depth import examples
from tests.tuning import Tune

pytestmark = pytest.mark.django_db
its_own = pytest.mark.django_db(transaction=True)
"""For what begins, loses or closes the connection's transaction."""


@pytest.fixture(autouse=True, params=[Shortcut.PIPELINE, NONE])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test by the shortcut and by what replaces it when it is switched off."""
    monkeypatch.setenv(VARIABLE, request.param)


class Level(IntEnum):
    """A number with a name."""

    HIGH = 3


class Word(StrEnum):
    """A text with a name."""

    OPEN = "open"


TEXT = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]))


PLACE = timezone(timedelta(hours=5))
VALUES = some.tuples(
    some.integers(-(2**63), 2**63 - 1) | some.none(),
    some.floats(allow_nan=False),
    TEXT,
    some.binary(),
    some.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=some.just(PLACE)),  # noqa: DTZ001 - bounds have none
    some.booleans(),
)


@given(VALUES)
@settings(
    max_examples=examples(8),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_values_arrive_as_they_were_handed_over(values: tuple[Any, ...]) -> None:
    asked = "SELECT %s::bigint, %s::float8, %s::text, %s::bytea, %s::timestamptz, %s::boolean"
    assert fetch(asked, values) == [values]


def test_names_are_replaced_by_their_values() -> None:
    assert fetch("SELECT %s::int, %s::text, 7 %% 4", [Level.HIGH, Word.OPEN]) == [(3, "open", 3)]
    named = "SELECT %(b)s::int - %(a)s::int, %(b)s::int"
    assert fetch(named, {"a": 1, "b": 5, "unused": object()}) == [(4, 5)]


def test_what_cannot_be_handed_over_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(TypeError, match="set cannot be passed"):
        fetch("SELECT %s", [{1}])
    connection.ensure_connection()
    with pytest.raises(psycopg.DataError, match="no NUL"):
        pipeline.run(connection.connection, [("SELECT %s::text", ["cut\0off"])])
    assert fetch("SELECT %s::text", ["whole"]) == [("whole",)]


def test_the_first_failure_is_raised_and_what_was_not_prepared_is_prepared_later() -> None:
    connection.ensure_connection()
    raw: Any = connection.connection
    with pytest.raises(psycopg.errors.DivisionByZero), raw.transaction():
        pipeline.run(raw, [("SELECT 1 AS one", []), ("SELECT 1 / %s::int", [0]), ("SELECT 'never run before'", [])])
    with pytest.raises(psycopg.errors.UndefinedTable), raw.transaction():
        pipeline.run(raw, [("SELECT * FROM nowhere", [])])
    for _ in range(2):
        answers = pipeline.run(
            raw, [("SELECT 1 / %s::int", [1]), ("SELECT 'never run before'", []), ("SELECT 1 AS one", [])]
        )
        assert answers == [[(1,)], [("never run before",)], [(1,)]]


@its_own
def test_a_transaction_is_begun_and_undone() -> None:
    execute("CREATE TABLE noted (number int)", [])
    try:
        with transaction.atomic():
            execute("INSERT INTO noted VALUES (%s)", [1])
            assert fetch("SELECT count(*) FROM noted", []) == [(1,)]
            transaction.set_rollback(True)
        with transaction.atomic():
            execute("INSERT INTO noted VALUES (%s)", [2])
        assert fetch("SELECT number FROM noted", []) == [(2,)]
    finally:
        execute("DROP TABLE noted", [])


@its_own
def test_more_statements_than_are_kept_are_planned_each_time(tune: Tune) -> None:
    tune(prepared_statements_max=0)
    connection.close()
    assert fetch_each(("SELECT %s::int", [1]), ("SELECT %s::text", ["a"])) == [[(1,)], [("a",)]]
    assert fetch("SELECT count(*) FROM pg_prepared_statements", []) == [(0,)]


def test_answers_and_questions_larger_than_any_buffer_pass_each_other() -> None:
    """While one side is not read it cannot write: neither waits forever."""
    large = "x" * 3_000_000
    answers = fetch_each(*[("SELECT %s::text || %s", [large, str(number)]) for number in range(6)])
    assert [(len(text), text[-1]) for ((text,),) in answers] == [(3_000_001, str(number)) for number in range(6)]


@its_own
def test_whoever_is_interrupted_goes_on_with_another_connection() -> None:
    """As by the timeout of a job: what is in transit is of no use to the next query."""
    with pytest.raises(TooLongError), transaction.atomic(), at_most(0.2):
        fetch_each(("SELECT 'stale'", []), ("SELECT pg_sleep(30)", []))
    assert fetch("SELECT 'fresh'", []) == [("fresh",)]


@its_own
def test_a_server_that_goes_away_is_reported_as_django_has_it() -> None:
    with pytest.raises(OperationalError, match="terminat"), transaction.atomic():
        fetch_each(("SELECT pg_terminate_backend(pg_backend_pid())", []), ("SELECT 1", []))
    connection.close()
    assert fetch("SELECT 1", []) == [(1,)]


class TooLongError(Exception):
    """Raised by a signal, in the middle of whatever runs."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TooLongError after so long, as RQ does in a worker."""

    def ring(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_instants_are_read_in_utc() -> None:
    asked = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=-7)))
    ((found,),) = fetch("SELECT %s::timestamptz", [asked])
    assert (found, found.utcoffset()) == (asked.astimezone(UTC), timedelta(0))
