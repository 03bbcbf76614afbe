"""Instants come from the database as they went in, whatever PostgreSQL writes them like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from django.db import DataError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from posture.history.timestamps import UtcTimestampLoader

pytestmark = pytest.mark.django_db


def asked(instant: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [instant])
        return cursor.fetchone()[0]


ZONES = some.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = some.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds have none


@given(INSTANTS)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_they_arrive_in_utc_to_the_microsecond(instant: datetime) -> None:
    found = asked(instant)
    assert found == instant
    assert found.tzinfo is UTC


def test_what_python_has_no_instant_for_is_refused() -> None:
    assert asked(None) is None
    with pytest.raises(DataError, match="too large"):
        asked("infinity")


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "UTC"])
def test_they_are_the_same_in_a_session_of_another_time_zone(zone: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
    found = asked("2026-01-02 03:04:05.6+00")
    assert (found, found.tzinfo) == (datetime(2026, 1, 2, 3, 4, 5, 600_000, UTC), UTC)


def test_every_connection_that_django_makes_reads_them_so() -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            loader = cursor.connection.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, 0)
            assert loader is UtcTimestampLoader
            cursor.execute("SELECT now()")
            assert cursor.fetchone()[0].tzinfo is UTC
    finally:
        other.close()
