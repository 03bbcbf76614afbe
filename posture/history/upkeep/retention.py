"""Drops partitions older than the retention period; keeps roll-ups for ever.

Current rows, and the identities of resources and findings, are never dropped. No reader waits: a partition is detached
concurrently, and dropped once no query can reach it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.conf import settings
from django.db import OperationalError, connection
from psycopg.sql import SQL, Identifier

from posture.history.columnar import api as columnar
from posture.history.partitions import LOCK, PARTITIONED
from posture.history.tuning import tuning

logger = logging.getLogger(__name__)

_DROP_LOCK = LOCK + 1
"""Key of the advisory lock under which one process at a time drops months."""


def forget(now: datetime) -> list[str]:
    """Drop what is older than `HISTORY_MONTHS`, counted from `now`.

    Return the partitions' names. 0 keeps all.
    """
    months_kept = settings.HISTORY_MONTHS
    return drop_before(months_before(now, months_kept)) if months_kept else []


def months_before(now: datetime, months: int) -> datetime:
    """Return the first instant of the month `months` before that of `now`, in UTC."""
    number = now.astimezone(UTC).year * 12 + now.astimezone(UTC).month - 1 - months
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


def drop_before(at: datetime) -> list[str]:
    """Drop partitions with only rows closed before the month of `at`.

    Return their names.

    A partition that is locked for `partition_lock_timeout` is left to the next run; so are all where another process
    drops already. Raises RuntimeError inside a transaction, where PostgreSQL cannot detach concurrently.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Partitions cannot be dropped inside a transaction: readers would wait for its end.")
    month = at.astimezone(UTC).strftime("%Y_%m")
    dropped: list[str] = []
    with _exclusive() as mine:
        for table in PARTITIONED if mine else ():
            old = [name for name in _partitions(table) if name.removeprefix(f"{table}_") < month]
            dropped += [name for name in old if _drop(table, name)]
        if mine:
            columnar.forget_before(at)
    return dropped


def months(table: str) -> list[str]:
    """Return the names of a table's partitions, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass ORDER BY 1",
            [table],
        )
        return [name for (name,) in cursor.fetchall() if _is_month(table, name)]


def _partitions(table: str) -> list[str]:
    """Return the partitions, and those that a process detached and then did not drop."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
            " AND starts_with(relname, %s) ORDER BY 1",
            [f"{table}_"],
        )
        return [name for (name,) in cursor.fetchall() if _is_month(table, name)]


def _is_month(table: str, name: str) -> bool:
    return re.fullmatch(rf"{table}_\d{{4}}_\d{{2}}", name) is not None


@contextmanager
def _exclusive() -> Iterator[bool]:
    """Yield True in one process at a time, and False in the others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_DROP_LOCK])
        mine = bool(cursor.fetchone()[0])
        cursor.execute("SET lock_timeout = %s", [tuning.partition_lock_timeout])
        try:
            yield mine
        finally:
            cursor.execute("RESET lock_timeout")
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_DROP_LOCK])


def _drop(table: str, name: str) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                _detach(table, name)
                cursor.execute(SQL("DROP TABLE {}").format(Identifier(name)))
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    except OperationalError as error:
        logger.warning("partition %s was not dropped, and is tried again in the next run: %s", name, error)
        return False
    return True


def _detach(table: str, name: str) -> None:
    """Detach a partition, or finish an interrupted detach.

    Does nothing where it is detached.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhdetachpending FROM pg_inherits WHERE inhparent = %s::regclass AND inhrelid = %s::regclass",
            [table, name],
        )
        attached = cursor.fetchone()
        if attached is not None:
            detach = SQL("ALTER TABLE {} DETACH PARTITION {} {}")
            way = SQL("FINALIZE" if attached[0] else "CONCURRENTLY")
            cursor.execute(detach.format(Identifier(table), Identifier(name), way))
