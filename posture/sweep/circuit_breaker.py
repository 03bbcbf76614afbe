"""Circuit breaker: a stuck account gives up its threads to the others.

A call that hangs holds a thread until its time-out, and a region that hangs would hold all of them, for
one listing after the other. Whoever answers, be it with an error, is not silent.
"""

from __future__ import annotations

import threading
from collections import Counter

UNANSWERED_CALLS_MAX = 8
"""Calls in a row without any answer after which a region counts as silent."""
REGIONS = 3
"""Silent regions after which, without any answer in between, the whole account does."""


class Silence:
    """Which regions of one account do not answer."""

    def __init__(self) -> None:
        self._unanswered: Counter[str] = Counter()
        self._regions = 0
        self._lock = threading.Lock()

    def heard(self, region: str) -> None:
        """Note that an answer came, of whatever kind."""
        if self._unanswered or self._regions:
            with self._lock:
                self._unanswered.pop(region, None)
                self._regions = 0

    def unheard(self, region: str) -> None:
        """Note that a call ended without an answer."""
        with self._lock:
            self._unanswered[region] += 1
            self._regions += self._unanswered[region] == UNANSWERED_CALLS_MAX

    def over(self, region: str) -> bool:
        """Whether asking there is not worth a thread any more."""
        return self._unanswered[region] >= UNANSWERED_CALLS_MAX or self._regions >= REGIONS
