"""Monthly partitions of closed rows.

They are created when the first row of a month is written.

A partition is attached, not created in place: attaching blocks neither readers nor writers of the others.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from psycopg.sql import SQL, Identifier

PARTITIONED = {
    "history_version_closed": "valid_to",
    "history_finding_closed": "closed_at",
    "history_tally_closed": "valid_to",
}
"""Partition column of each table of closed rows."""

LOCK = 0x706C756D62
"""Key of the advisory lock under which partitions are created and detached, which would deadlock without it."""

_CREATE = SQL("CREATE TABLE {partition} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)")
_ATTACH = SQL("ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM (%s) TO (%s)")


def ensure_month(at: datetime) -> None:
    """Create missing partitions for the month of `at`, past or future."""
    start, end = _month(at)
    names = partitions_of(at)
    with connection.cursor() as cursor:
        cursor.execute(*missing_of(at))
        missing = {name for (name,) in cursor.fetchall()}
    if not missing:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for table, name in names.items():
            # Another process may have been quicker. pg_class is read, since to_regclass answers from a cache that a
            # session refreshes only when it takes a lock.
            cursor.execute(
                "SELECT FROM pg_class WHERE relname = %s AND relnamespace = current_schema()::regnamespace", [name]
            )
            if cursor.fetchone() is None:
                names_of = {"table": Identifier(table), "partition": Identifier(name)}
                cursor.execute(_CREATE.format(**names_of))
                cursor.execute(_ATTACH.format(**names_of), [start, end])


def missing_of(at: datetime) -> tuple[str, list[Any]]:
    """Return the query for missing partitions of a month, and its parameters."""
    return "SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name) IS NULL", [[*partitions_of(at).values()]]


def partitions_of(at: datetime) -> dict[str, str]:
    """Return the partition of each table for a month, whether it exists or not."""
    return {table: f"{table}_{_month(at)[0]:%Y_%m}" for table in PARTITIONED}


def oldest_month() -> datetime | None:
    """Return the first instant since which all closed rows are kept.

    None where none was ever closed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(oldest) FROM (SELECT right(min(c.relname), 7) AS oldest FROM pg_inherits i"
            " JOIN pg_class c ON c.oid = i.inhrelid WHERE NOT i.inhdetachpending"
            " AND i.inhparent IN ('history_version_closed'::regclass, 'history_finding_closed'::regclass)"
            " GROUP BY i.inhparent) each"
        )
        oldest = cursor.fetchone()[0]
    return datetime.strptime(oldest, "%Y_%m").replace(tzinfo=UTC) if oldest else None


def next_month(at: datetime) -> datetime:
    """Return the first instant of the month after that of `at`, in UTC."""
    return _month(at)[1]


def _month(at: datetime) -> tuple[datetime, datetime]:
    start = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return start, end
