"""Timings of dropping months while somebody reads.

How long a month takes, and how long the reader waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db import connection

from accounts.models import User
from devtools.bench.history_measures import Goal
from devtools.bench.history_story import day
from posture.history import query
from posture.history.scope import Scope
from posture.history.upkeep import retention

WARM = 20
"""Reads before the first month is dropped."""
STALL = 250
"""Milliseconds that a reader may wait longer than without."""


def goals(organization: Any, days: int) -> Iterator[Goal]:
    """Drop the first two thirds of the time, month by month, with a reader at work."""
    user = User.objects.get(username="reader")
    stop, waits = threading.Event(), list[float]()
    scope = Scope.of(user, organization, account=Scope.of(user, organization).accounts[0])
    reader = threading.Thread(target=_read, args=[scope, days, stop, waits])
    reader.start()
    while len(waits) < WARM:
        time.sleep(0.01)
    usual = max(waits)
    seconds = []
    try:
        for number in range(31, days * 2 // 3, 31):
            begin = time.perf_counter()
            if retention.drop_before(day(number)):
                seconds.append(time.perf_counter() - begin)
    finally:
        stop.set()
        reader.join()
    yield Goal("retention, a month", max(seconds, default=0.0), "s", 10, f"{len(seconds)} months")
    yield Goal("retention, a reader's longest read", max(waits) * 1000, "ms", STALL, f"before it {usual * 1000:.0f} ms")


def _read(scope: Scope, days: int, stop: threading.Event, waits: list[float]) -> None:
    """Read the last month of an account over and over: every partition is planned for."""
    then = replace(scope, as_of=day(days - 20))
    while not stop.is_set():
        begin = time.perf_counter()
        list(query.resources(then).order_by("name")[:50])
        list(query.findings(then)[:50])
        waits.append(time.perf_counter() - begin)
    connection.close()
