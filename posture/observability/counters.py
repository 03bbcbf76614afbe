"""Counts that no table keeps, in Valkey.

Every process adds to them, and whichever is asked reads them.

An emptied Valkey sets them to zero, which Prometheus takes for what it is: a counter that was reset.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import django_rq
from redis.exceptions import RedisError

from posture.core.sweep import AccountResult

logger = logging.getLogger(__name__)

KEY = "plumbline:metrics:{}"
CALLS, RETRIES, THROTTLES = "calls", "retries", "throttles"


def add_calls(result: AccountResult) -> None:
    """Count what an account's sweep asked of AWS."""
    found: dict[str, dict[str, float]] = {CALLS: {}, RETRIES: {}, THROTTLES: {}}
    for cost in result.services:
        for name, count in ((CALLS, cost.calls), (RETRIES, cost.retries), (THROTTLES, cost.throttles)):
            found[name][cost.service] = found[name].get(cost.service, 0) + count
    add(found)


def add(counts: Mapping[str, Mapping[str, float]]) -> None:
    """Add to counters, by counter and label.

    A queue that does not answer costs the counts alone.
    """
    try:
        with django_rq.get_connection().pipeline(transaction=False) as pipe:
            for name, by_label in counts.items():
                for label, count in by_label.items():
                    # Zeros as well: a counter that is there from the start shows its first step.
                    pipe.hincrbyfloat(KEY.format(name), label, count)
            pipe.execute()
    except RedisError:
        logger.warning("the queue does not answer: not counted", exc_info=True)


def read(name: str) -> dict[str, float]:
    """Return a counter by label; raises `RedisError`."""
    found = django_rq.get_connection().hgetall(KEY.format(name))
    return {label.decode() if isinstance(label, bytes) else label: float(count) for label, count in found.items()}
