"""Forgets closed rows of months long past by dropping their partitions; roll-ups stay for ever.

What is current, and what identifies resources and findings, is never dropped.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.db import connection

from posture.history.partitions import PARTITIONED


def drop_before(at: datetime) -> list[str]:
    """Drop the partitions whose every row was closed before the month of `at`; return their names.

    Each is detached before it is dropped, so that readers of other months never wait. Raises
    RuntimeError inside a transaction, where PostgreSQL cannot detach that way.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Partitions cannot be dropped inside a transaction: readers would wait for its end.")
    month = at.astimezone(UTC).strftime("%Y_%m")
    dropped = []
    for table in PARTITIONED:
        for name in months(table):
            if name.removeprefix(f"{table}_") < month:
                _drop(table, name)
                dropped.append(name)
    return dropped


def months(table: str) -> list[str]:
    """Return the names of a table's partitions, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass ORDER BY 1",
            [table],
        )
        names = [name for (name,) in cursor.fetchall()]
    return [name for name in names if re.fullmatch(rf"{table}_\d{{4}}_\d{{2}}", name)]


def _drop(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" DETACH PARTITION "{name}" CONCURRENTLY')
        cursor.execute(f'DROP TABLE "{name}"')
