"""AWS's token buckets, from AWS's side: whoever calls too fast is throttled."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable


class Buckets:
    """A bucket for each key, full at first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens: dict[Hashable, tuple[float, float]] = {}

    def admit(self, key: Hashable, rate: float, burst: float) -> bool:
        """Take a token of a bucket that refills at `rate` a second up to `burst`.

        False where it is empty.
        """
        now = self._clock()
        tokens, at = self._tokens.get(key, (burst, now))
        tokens = min(burst, tokens + (now - at) * rate)
        admitted = tokens >= 1
        self._tokens[key] = (tokens - admitted, now)
        return admitted
