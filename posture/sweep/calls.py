"""One account's calls: signed as that account, paced, retried and counted."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, EndpointConnectionError

from posture.core import tracing
from posture.core.gap import GapReason
from posture.core.sweep import ServiceCost
from posture.sweep.actions import action_of
from posture.sweep.circuit_breaker import Silence
from posture.sweep.clients import Clients, Signing, asking_as
from posture.sweep.errors import AskError, CancelledError, Failure, classify, remedy_for
from posture.sweep.pacing import Bucket, Pacer

logger = logging.getLogger(__name__)

ATTEMPTS = 5
LONGEST_BACKOFF = 20.0
KEYS_SECONDS = 0.25
"""For so long keys are used without another look; they are renewed a minute before they end at the latest."""
RETRIED = frozenset(
    {GapReason.THROTTLED, GapReason.TIMED_OUT, GapReason.UNREACHABLE, GapReason.BAD_ANSWER, GapReason.SERVICE_ERROR}
)
SILENT = frozenset({GapReason.TIMED_OUT, GapReason.UNREACHABLE})
TRANSIENT_CODES = frozenset(
    {"InternalError", "InternalFailure", "InternalServerError", "InternalServiceError", "RequestTimeout", "Unavailable"}
)


class Renewable(Signing, Protocol):
    """Credentials that can be renewed."""

    def renew(self, stale: str) -> bool:
        """Replace the keys if `stale` is still current; False where they cannot be."""
        ...


@dataclass(slots=True)
class _Spent:
    """What one service and region cost so far."""

    calls: int = 0
    retries: int = 0
    throttles: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Meter:
    """What a sweep of one account cost so far."""

    calls: Counter[str] = field(default_factory=Counter)
    """By `service:operation`."""
    saved: Counter[str] = field(default_factory=Counter)
    """Calls that an answer for the whole Organization made needless."""
    spent: dict[tuple[str, str], _Spent] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        """The calls that were sent."""
        with self.lock:
            return self.calls.total()

    def answered(self, service: str, operation: str, region: str, seconds: float) -> None:
        """Count a call that came back, well or badly, after `seconds`."""
        with self.lock:
            self.calls[f"{service}:{operation}"] += 1
            spent = self._of(service, region)
            spent.calls += 1
            spent.seconds += seconds

    def failed(self, service: str, region: str, reason: GapReason) -> None:
        """Count a call that is sent again."""
        with self.lock:
            spent = self._of(service, region)
            spent.retries += 1
            spent.throttles += reason is GapReason.THROTTLED

    def spare(self, service: str, operation: str) -> None:
        """Count a call that is not sent, since the Organization's answer says the same."""
        with self.lock:
            self.saved[f"{service}:{operation}"] += 1

    def costs(self) -> list[ServiceCost]:
        """Return what each service and region cost, the most calls first."""
        with self.lock:
            costs = [
                ServiceCost(service, region, spent.calls, spent.retries, spent.throttles, round(spent.seconds, 4))
                for (service, region), spent in self.spent.items()
            ]
        return sorted(costs, key=lambda cost: (-cost.calls, cost.service, cost.region))

    def _of(self, service: str, region: str) -> _Spent:
        spent = self.spent.get((service, region))
        if spent is None:
            spent = self.spent[service, region] = _Spent()
        return spent


class AccountCalls:
    """Implements `posture.sweep.ask.Perform` for one account."""

    def __init__(
        self,
        clients: Clients,
        credentials: Renewable,
        partition: str,
        *,
        meter: Meter | None = None,
        cancel: threading.Event | None = None,
        deadline: float = float("inf"),
        ceiling: Bucket | None = None,
    ) -> None:
        self.meter = meter or Meter()
        self._clients = clients
        self.credentials = credentials
        self._partition = partition
        self._kept: tuple[ReadOnlyCredentials | None, float] = None, 0.0
        self._pacer = Pacer()
        self._ceiling = ceiling
        self._silence = Silence()
        self._cancel = cancel or threading.Event()
        self._deadline = deadline
        """By `time.monotonic()`."""

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Perform one call; raises botocore's exceptions, `AskError`, or `CancelledError`."""
        call = tracing.new_call(service, operation, region)
        tracing.calling(call)
        # Before the client: a sweep that was called off must not go on building those that it will not use.
        self._wait(0, service, operation)
        method = getattr(self._clients.of(service, region), operation)
        renewed = False
        attempt = 0
        while True:
            with self._pacer.turn(region, service, operation, lambda: self._wait(0, service, operation)) as turn:
                self._wait(self._turn(turn, service, operation, region), service, operation)
                # Once refused, keys are not taken from those that were kept.
                keys = self.credentials.get_frozen_credentials() if renewed else self._keys()
                # Again, since new keys are got by calls of their own.
                tracing.calling(call)
                try:
                    with asking_as(_Frozen(keys), region), self._timed(service, operation, region):
                        answer: dict[str, Any] = method(**params)
                except Exception as error:  # noqa: BLE001 - raised below, where it is not worth another attempt
                    refused = error
                else:
                    self._pacer.answered(region, service, operation)
                    self._silence.heard(region)
                    tracing.answered()
                    return answer
            failure = classify(refused, action_of(service, operation))
            self._listen(failure, region)
            logger.debug("attempt %s failed with %s", attempt + 1, failure.error, extra=failure.labels())
            if failure.reason is GapReason.CREDENTIALS_EXPIRED and not renewed and self._renewed(keys):
                renewed = True
            elif self._again(refused, failure, attempt, service, region):
                attempt += 1
                if failure.reason is GapReason.THROTTLED:
                    self._pacer.throttled(region, service, operation)
                self._wait(_backoff(attempt), service, operation)
            else:
                raise refused
            self.meter.failed(service, region, failure.reason)

    def _turn(self, wait: float, service: str, operation: str, region: str) -> float:
        """Return the seconds until AWS's and the organization's limits allow the call."""
        if self._silence.over(region):
            raise AskError(_silent(action_of(service, operation), region))
        return max(wait, self._ceiling.reserve()) if self._ceiling else wait

    def _listen(self, failure: Failure, region: str) -> None:
        if failure.reason in SILENT:
            self._silence.unheard(region)
        else:
            self._silence.heard(region)

    @contextmanager
    def _timed(self, service: str, operation: str, region: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.meter.answered(service, operation, region, time.monotonic() - began)

    def _keys(self) -> ReadOnlyCredentials:
        """Return the current keys; botocore takes long to find that they are still good."""
        keys, until = self._kept
        now = time.monotonic()
        if keys is None or now >= until:
            keys = self.credentials.get_frozen_credentials()
            self._kept = keys, now + KEYS_SECONDS
        return keys

    def _renewed(self, keys: ReadOnlyCredentials) -> bool:
        renewed = self.credentials.renew(str(keys.access_key))
        self._kept = None, 0.0
        return renewed

    def _again(self, error: Exception, failure: Failure, attempt: int, service: str, region: str) -> bool:
        """Whether a failed call is worth sending again; raises where there is no service."""
        if isinstance(error, EndpointConnectionError) and not self._clients.offered(service, region, self._partition):
            raise AskError(_not_offered(failure)) from error
        if failure.ours or failure.reason not in RETRIED or attempt + 1 >= ATTEMPTS:
            return False
        if isinstance(error, ClientError) and failure.reason is not GapReason.THROTTLED:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return status >= 500 or failure.error in TRANSIENT_CODES  # noqa: PLR2004 - HTTP
        return True

    def _wait(self, seconds: float, service: str, operation: str) -> None:
        if self._cancel.is_set() or (seconds > 0 and self._cancel.wait(seconds)):
            raise CancelledError
        if time.monotonic() > self._deadline:
            action = action_of(service, operation)
            remedy = "The account's time limit was over: raise PLUMBLINE_SWEEP_ACCOUNT_SECONDS, or sweep fewer regions."
            raise AskError(Failure(action, GapReason.TIMED_OUT, "TimeLimit", "the account's time was up", remedy))


@dataclass(frozen=True, slots=True)
class _Frozen:
    """The keys of one moment, so that a failed call knows which keys were refused."""

    keys: ReadOnlyCredentials

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return self.keys


def _backoff(attempt: int) -> float:
    """Return seconds: exponential with full jitter, as AWS advises."""
    return random.uniform(0, min(LONGEST_BACKOFF, 0.5 * 2**attempt))  # noqa: S311 - no secret


def _silent(action: str, region: str) -> Failure:
    message = f"nothing in {region} answered any more, so it was not asked again"
    reason = GapReason.TIMED_OUT
    return Failure(action, reason, "NoAnswer", message, remedy_for(reason, action))


def _not_offered(failure: Failure) -> Failure:
    reason = GapReason.NOT_OFFERED
    return Failure(failure.action, reason, failure.error, failure.message, remedy_for(reason, failure.action))
