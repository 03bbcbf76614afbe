"""Shards of accounts, by which columns are kept, and the lock of their writer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby

from django.db import connection


def split_into_shards(account_pks: Iterable[int], size: int) -> Iterator[tuple[int, list[int]]]:
    """Yield shards by number, each with those of the accounts that are in it."""
    for piece, pks in groupby(sorted(account_pks), lambda pk: pk // size):
        yield piece, list(pks)


@contextmanager
def try_lock(lock: int) -> Iterator[bool]:
    """Take a lock like `hold_lock`; yield False if another process has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        is_free = bool(cursor.fetchone()[0])
        try:
            yield is_free
        finally:
            if is_free:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


@contextmanager
def hold_lock(lock: int) -> Iterator[None]:
    """Let one process at a time write what an advisory lock stands for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
