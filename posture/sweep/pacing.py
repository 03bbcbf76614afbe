"""Keep a sweep below AWS's request rates, to spare the customer's own calls.

AWS counts per account, region and API. A bucket holds `burst` calls and refills at `rate` a second;
where AWS publishes no rate there is no bucket until the first throttling. Calls that wait somewhere on
their way arrive all at once: so those under way and the tokens left are together no more than may come at
once, and AWS's bucket, which holds more, has room for them whenever they come. Sources: EC2 API Reference
"Request throttling"; Security Hub, CloudTrail, Account and STS quotas in the AWS General Reference; "Lambda
quotas" in its developer guide.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls a second, and how many may come at once."""

    rate: float
    burst: float


PUBLISHED = {
    # A fifth is left to the customer's own tools.
    "ec2": Rate(16, 80),
    # AWS allows six at once, and three a second.
    "securityhub:get_findings": Rate(2.5, 4),
    "securityhub:batch_get_security_controls": Rate(8, 8),
    "cloudtrail:lookup_events": Rate(1.8, 1),
    "cloudtrail": Rate(8, 8),
    "account:list_regions": Rate(4, 4),
    "account:get_alternate_contact": Rate(8, 8),
    "account": Rate(8, 8),
    "iam": Rate(15, 30),
    "organizations": Rate(8, 12),
    "config": Rate(15, 15),
    "guardduty": Rate(20, 20),
    # Fifteen a second for GetPolicy, and fifteen for all other reads together, of which a sweep asks two at a time.
    "lambda:get_policy": Rate(12, 12),
    "lambda": Rate(6, 6),
}
"""By `service:method`, else by service. IAM and Organizations are unpublished: what others found to hold."""

LOOK_SECONDS = 0.25
"""How often a call that waits for a place looks whether it is to stop."""
SLOWEST = 0.2
FIRST_GUESS = Rate(10, 10)
"""For an API without a published rate, once it has throttled us."""


class Bucket:
    """One API's tokens in one account and region."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._published = rate
        self._rate = rate.rate
        self._tokens = rate.burst
        self._clock = clock
        self._at = clock()
        self._lock = threading.Lock()
        self.places = threading.Semaphore(max(1, int(rate.burst)))
        """One for each call that may be under way."""
        self._under_way = 0

    def retune(self, rate: Rate) -> None:
        """Keep to another rate from now on."""
        with self._lock:
            self._refill()
            self._published, self._rate = rate, rate.rate
            self._tokens = min(self._tokens, rate.burst)

    def reserve(self) -> float:
        """Take a token, on credit if need be; return the seconds to wait before using it."""
        with self._lock:
            self._refill()
            self._tokens -= 1
            return max(0.0, -self._tokens / self._rate)

    def begun(self) -> None:
        """A call that has its token is under way."""
        with self._lock:
            self._under_way += 1

    def ended(self) -> None:
        """It is not any more."""
        with self._lock:
            self._refill()
            self._under_way -= 1

    def throttled(self) -> None:
        """AWS said that we are too fast: slow down, and forget what was saved."""
        with self._lock:
            self._refill()
            self._rate = max(SLOWEST, self._rate * 0.6)
            self._tokens = min(self._tokens, 0.0)

    def answered(self) -> None:
        """AWS answered: speed up again, slowly."""
        if self._rate < self._published.rate:
            with self._lock:
                self._rate = min(self._published.rate, self._rate + 0.02 * self._published.rate)

    def _refill(self) -> None:
        now = self._clock()
        most = self._published.burst - self._under_way
        self._tokens = min(most, self._tokens + (now - self._at) * self._rate)
        self._at = now


class Pacer:
    """The buckets of one account in one sweep."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, str], Bucket] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, region: str, service: str, method: str, waiting: Callable[[], object]) -> Iterator[float]:
        """Hold a slot among the calls under way; yield the seconds to wait.

        `waiting` is called while there is no place.
        """
        bucket = self._bucket(region, service, method)
        if bucket is None:
            yield 0.0
            return
        while not bucket.places.acquire(timeout=LOOK_SECONDS):
            waiting()
        try:
            wait = self.reserve(region, service, method)
            bucket.begun()
            try:
                yield wait
            finally:
                bucket.ended()
        finally:
            bucket.places.release()

    def reserve(self, region: str, service: str, method: str) -> float:
        """Return the seconds to wait before a call may be made; it counts as made."""
        bucket = self._bucket(region, service, method)
        return bucket.reserve() if bucket else 0.0

    def throttled(self, region: str, service: str, method: str) -> None:
        """Slow one API down."""
        bucket = self._bucket(region, service, method, FIRST_GUESS)
        if bucket:
            bucket.throttled()

    def answered(self, region: str, service: str, method: str) -> None:
        """Let one API recover."""
        bucket = self._buckets.get((region, service, method))
        if bucket:
            bucket.answered()

    def _bucket(self, region: str, service: str, method: str, otherwise: Rate | None = None) -> Bucket | None:
        key = (region, service, method)
        bucket = self._buckets.get(key)
        if bucket is None:
            rate = PUBLISHED.get(f"{service}:{method}") or PUBLISHED.get(service) or otherwise
            if rate is None:
                return None
            with self._lock:
                bucket = self._buckets.setdefault(key, Bucket(rate, self._clock))
        return bucket
