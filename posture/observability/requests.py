"""How long requests take, by area of the site.

Gathered in each process, and added up in Valkey every few seconds.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from posture.observability import counters

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; what takes longer is in the last."""
FLUSH_SECONDS = 5.0
COUNTS, SECONDS = "http-counts", "http-seconds"
Labels = tuple[str, str]
"""Area of the site, and the class of the answer's status, as 2xx."""


class Times:
    """The requests of this process that are not yet added to the others'."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._flushed = clock()
        self._counts: Counter[str] = Counter()
        self._seconds: Counter[str] = Counter()

    def add(self, area: str, status: int, seconds: float) -> None:
        """Count a request; now and then one of them takes what was gathered to Valkey."""
        labels = f"{area}|{status // 100}xx"
        bucket = bisect_left(BUCKETS, seconds)
        with self._lock:
            self._counts[f"{labels}|{bucket}"] += 1
            self._seconds[labels] += seconds  # type: ignore[assignment]  # a Counter takes any number
            if self._clock() - self._flushed < FLUSH_SECONDS:
                return
        self.flush()

    def flush(self) -> None:
        """Add what was gathered to what the other processes counted."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            seconds, self._seconds = self._seconds, Counter()
            self._flushed = self._clock()
        if counts:
            counters.add({COUNTS: counts, SECONDS: seconds})


times = Times()


def timed(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Count each request that a view answers, with the time until its answer begins."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        if request.resolver_match:
            area = request.resolver_match.namespace.partition(":")[0] or "none"
            times.add(area, response.status_code, time.perf_counter() - began)
        return response

    return answer


def histogram() -> Iterator[tuple[Labels, Mapping[str, float], float]]:
    """Yield the duration buckets and the total seconds of each area and status.

    Raises `RedisError`.
    """
    times.flush()
    counts, seconds = counters.read(COUNTS), counters.read(SECONDS)
    for labels, spent in sorted(seconds.items()):
        found = [counts.get(f"{labels}|{number}", 0.0) for number in range(len(BUCKETS) + 1)]
        ends = [*(str(end) for end in BUCKETS), "+Inf"]
        area, _, status = labels.partition("|")
        yield (area, status), {end: sum(found[: number + 1]) for number, end in enumerate(ends)}, spent
