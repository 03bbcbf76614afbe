"""The tables: what migrations create, and partitions that appear on demand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection

from posture.history.models import CheckCountsRecord, FindingRecord, ResourceRecord
from posture.history.partitions import PARTITIONED, ensure_month

pytestmark = pytest.mark.django_db


def partitions_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
        return {name for (name,) in cursor.fetchall()}


def test_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "accounts", "history", check=True, dry_run=True, skip_checks=True)


@pytest.mark.parametrize("record", [ResourceRecord, FindingRecord, CheckCountsRecord])
def test_views_hold_every_field_of_their_record(record: type[ResourceRecord]) -> None:
    assert list(record.objects.all()) == []


@pytest.mark.parametrize(
    ("at", "suffix"),
    [
        (datetime(2019, 12, 31, 23, 59, 59, tzinfo=UTC), "2019_12"),
        (datetime(2031, 1, 1, tzinfo=UTC), "2031_01"),
    ],
)
def test_a_month_gets_its_partitions_once(at: datetime, suffix: str) -> None:
    ensure_month(at)
    ensure_month(at)

    for table in PARTITIONED:
        assert f"{table}_{suffix}" in partitions_of(table)
