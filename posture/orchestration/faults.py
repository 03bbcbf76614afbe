"""Faults of the house, not of an account.

Disks that are full, of PostgreSQL, of Valkey, or of the workers' machine.

Workers note the last one, in Valkey and on the account's part, and pages name it. A note goes with the next account
that is recorded.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

KEY = "plumbline:fault"
KEPT_SECONDS = 3_600
DISK_FULL = {"53100"}
"""SQLSTATE of PostgreSQL's "could not extend file …: No space left on device"."""
NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
DATABASE = "PostgreSQL's disk is full: nothing can be recorded. Free space on it or enlarge it."
VALKEY_DISK = "Valkey cannot write to its disk and refuses writes (MISCONF): see that the disk has space."
VALKEY_MEMORY = "Valkey is out of memory and refuses writes: give it more, or free some."
MACHINE = "The disk of a machine that runs Plumbline is full: free space on it or enlarge it."


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the house, and when a worker met it last."""

    words: str
    at: datetime


def name(error: BaseException) -> str:
    """Return what is wrong with the house and what to do about it.

    Empty where the error speaks of something else.
    """
    return next(filter(None, map(_name, _chain(error))), "")


def _name(error: BaseException) -> str:
    if getattr(error, "sqlstate", None) in DISK_FULL:
        return DATABASE
    if isinstance(error, OutOfMemoryError):
        return VALKEY_MEMORY
    if isinstance(error, ResponseError) and str(error).startswith("MISCONF"):
        return VALKEY_DISK
    return MACHINE if isinstance(error, OSError) and error.errno in NO_SPACE else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it."""
    known: BaseException | None = error
    while known is not None:
        yield known
        known = known.__cause__ or known.__context__


def record(words: str) -> None:
    """Let pages know of a fault; what Valkey refuses is known to who asks it."""
    with suppress(RedisError):
        cache.set(KEY, Fault(words, timezone.now()), KEPT_SECONDS)


def clear() -> None:
    """Let pages know that there is room again."""
    with suppress(RedisError):
        cache.delete(KEY)


def last() -> Fault | None:
    """Return the last fault that nothing has been recorded since; raises `RedisError`."""
    found: Fault | None = cache.get(KEY)
    return found
