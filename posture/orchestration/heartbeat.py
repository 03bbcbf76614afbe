"""Whether the scheduler and the workers live.

They write that they do, and pages read it. Knows nothing of sweeping.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import django_rq
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

KEY = "plumbline:scheduler"
SILENCE_KEY = "plumbline:scheduler:silence"
SILENT_SECONDS = 120
"""After so long without a look, the scheduler counts as stopped."""
KEPT_SECONDS = 90 * 86_400
"""For so long it can be said since when it has stopped."""


WORKERS = "plumbline:workers"
"""A sorted set in Valkey: the workers' names, by when each was heard of last, on Valkey's own clock."""
WORKER_SECONDS = 5.0
WORKER_SILENT_SECONDS = 45
"""After so long without a heartbeat, a worker counts as stopped."""


@contextmanager
def worker_heartbeat(name: str) -> Iterator[None]:
    """Record a worker's heartbeat while the block runs, also after Valkey was lost.

    RQ has workers join a set once, at their birth: a Valkey that comes back empty would never hear of them again.
    """
    ended = threading.Event()
    beating = threading.Thread(target=_beat_until, args=[name, ended], name="worker-heartbeat", daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()
        with suppress(RedisError):
            django_rq.get_connection().zrem(WORKERS, name)


def _beat_until(name: str, ended: threading.Event) -> None:
    is_heard = True
    while True:
        try:
            record_worker(name)
            is_heard = True
        except RedisError as error:
            if is_heard:  # once, not every few seconds
                logger.warning("no heartbeat of worker %s: %s", name, error)
            is_heard = False
        if ended.wait(WORKER_SECONDS):
            return


def record_worker(name: str) -> None:
    """Note that a worker lives now; raises `RedisError`."""
    valkey = django_rq.get_connection()
    now = valkey.time()[0]
    with valkey.pipeline(transaction=False) as pipe:
        pipe.zadd(WORKERS, {name: now})
        pipe.zremrangebyscore(WORKERS, "-inf", f"({now - WORKER_SILENT_SECONDS}")
        pipe.execute()


def count_workers() -> int:
    """Return how many workers were heard of lately; raises `RedisError`."""
    valkey = django_rq.get_connection()
    return int(valkey.zcount(WORKERS, valkey.time()[0] - WORKER_SILENT_SECONDS, "+inf"))


def record_scheduler() -> None:
    """Note that the scheduler looks now, and from when to when it did not."""
    now, seen = timezone.now(), scheduler_seen_at()
    if seen is not None and _is_silent(seen, now):
        cache.set(SILENCE_KEY, (seen, now), KEPT_SECONDS)
    cache.set(KEY, now, KEPT_SECONDS)


def last_silence() -> tuple[datetime, datetime] | None:
    """Return from when to when no scheduler looked, the last time.

    None where none is remembered.
    """
    found: tuple[datetime, datetime] | None = cache.get(SILENCE_KEY)
    return found


def scheduler_seen_at() -> datetime | None:
    """Return when the scheduler last looked.

    None where it never did, as far as is remembered.
    """
    seen: datetime | None = cache.get(KEY)
    return seen


def is_alive() -> bool:
    """Return True if the scheduler is running."""
    seen = scheduler_seen_at()
    return seen is not None and not _is_silent(seen, timezone.now())


def _is_silent(seen: datetime, now: datetime) -> bool:
    return now - seen > timedelta(seconds=SILENT_SECONDS)
