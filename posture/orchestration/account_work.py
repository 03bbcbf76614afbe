"""Claims on an account's part of a snapshot: taken, kept alive, and ended.

The row is the truth. A part is claimed by one UPDATE that only one worker can win, and only who still
holds the claim may record. A worker that dies leaves a claim whose heartbeat grows old; `recover`
gives such parts back, so that no account is stuck and no sweep is without an end.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import django_rq
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from redis.exceptions import RedisError

from posture.core import tracing
from posture.core.gap import ANY
from posture.core.sweep import AccountResult
from posture.history.ingest import record_account
from posture.history.models import AccountSweep, Snapshot
from posture.history.query import is_cached
from posture.history.upkeep import finish
from posture.observability import counters
from posture.orchestration import cadence, costs, faults, rate_limit, requests
from posture.orchestration.engine import engine, target_of
from posture.sweep import Target, sweep_account
from posture.sweep.errors import CancelledError

logger = logging.getLogger(__name__)

State = AccountSweep.State

LOOK_SECONDS = 0.5
HEARTBEAT_SECONDS = 3.0
PART_SECONDS = settings.SWEEP_ACCOUNT_SECONDS + 900
"""After the engine's time limit and a generous recording, a part is given up as stuck."""
HEARTBEAT_TIMEOUT_SECONDS = 45
"""A claim without a heartbeat for so long is that of a dead worker."""
IDLE_CONNECTION_SECONDS = 60
"""For so long a connection to the database is kept while AWS alone is asked."""
ATTEMPTS = 4
"""How often an account is taken up before the sweep goes on without it."""
RETRY_SECONDS = (20, 80, 240)
"""How long an account that failed waits before it is taken up again: what was wrong may take minutes to mend."""


@dataclass(slots=True)
class Claim:
    """One worker's hold on an account's part.

    `cancel` is set when it is lost: cancelled, or given away.
    """

    sweep: AccountSweep
    token: str
    cancel: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def take(cls, account_sweep_id: int) -> Claim | None:
        """Claim a waiting part.

        None where somebody else has, it is done, or its account is not swept any more.
        """
        now, token = timezone.now(), f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        running = Snapshot.objects.filter(pk=OuterRef("snapshot"), state=Snapshot.State.RUNNING)
        # Not by a join: Django makes "id IN (SELECT …)" of one, which PostgreSQL does not ask again after it has
        # waited for who was first, so that both would win.
        waiting = AccountSweep.objects.filter(
            requests.due_filter(), Exists(running), pk=account_sweep_id, state=State.QUEUED
        )
        taken = waiting.update(
            state=State.RUNNING,
            claimed_by=token,
            heartbeat_at=now,
            started_at=now,
            attempt=F("attempt") + 1,
            reason="",
        )
        if not taken:
            return None
        sweep = AccountSweep.objects.select_related("account", "snapshot__organization").get(pk=account_sweep_id)
        if not sweep.account.is_swept:
            # It left or was suspended while it waited: it must not be asked.
            requests.withdraw(sweep.account)
            finish_snapshot(sweep.snapshot_id)
            return None
        return cls(sweep, token)

    @classmethod
    def next(cls, snapshot_id: int) -> Claim | None:
        """Claim any waiting part of a snapshot, the longest first; None where none waits."""
        while True:
            part = requests.waiting_parts(snapshot_id).values_list("pk", flat=True).first()
            if part is None:
                return None
            claim = cls.take(part)
            # Another worker may have been faster; then another part is next.
            if claim is not None:
                return claim

    def holds(self, **changes: object) -> bool:
        """Change the row if the claim is still valid; return whether it is."""
        mine = AccountSweep.objects.filter(pk=self.sweep.pk, state=State.RUNNING, claimed_by=self.token)
        return mine.update(**changes) == 1

    @contextmanager
    def alive(self, stopping: threading.Event) -> Iterator[None]:
        """Keep the heartbeat going while the block runs, whatever the block waits for."""
        ended = threading.Event()
        beating = threading.Thread(
            target=tracing.with_current_context(self._beat), args=[ended, stopping], name="heartbeat", daemon=True
        )
        beating.start()
        try:
            yield
        finally:
            ended.set()
            beating.join()

    def _beat(self, ended: threading.Event, stopping: threading.Event) -> None:
        """Beat until the work has ended, the claim is lost, or its time is up.

        Then another may take it.
        """
        begun = last = time.monotonic()
        while not ended.wait(LOOK_SECONDS):
            now = time.monotonic()
            if stopping.is_set() or now - begun > PART_SECONDS:
                self.cancel.set()
                break
            if now - last >= HEARTBEAT_SECONDS:
                last = now
                self._beat_once()
        connection.close()

    def _beat_once(self) -> None:
        try:
            if not self.holds(heartbeat_at=timezone.now()):
                self.cancel.set()
            rate_limit.bucket_for(self.sweep.snapshot.organization_id)
        except DatabaseError:
            # A database that restarts must not end the sweep; if it stays away, recording fails loudly.
            logger.warning("no heartbeat for %s", self.sweep, exc_info=True)
            connection.close()


def sweep_claimed(claim: Claim, stopping: threading.Event) -> None:
    """Sweep and record an account that was claimed.

    It is given back when `stopping` is set.
    """
    with tracing.about(sweep=str(claim.sweep.snapshot_id), account=claim.sweep.account.account_id):
        _sweep_safely(claim, stopping)
        finish_snapshot(claim.sweep.snapshot_id)


def _sweep_safely(claim: Claim, stopping: threading.Event) -> None:
    try:
        with claim.alive(stopping):
            _sweep(claim)
    except CancelledError:
        logger.info("%s was cancelled", claim.sweep)
        if stopping.is_set():
            _requeue(claim)
    except Exception as error:
        logger.exception("%s failed", claim.sweep)
        _retry_later(claim, error)


def _sweep(claim: Claim) -> None:
    sweep = claim.sweep
    target: Target = target_of(sweep.snapshot.organization, sweep.account.account_id)
    ceiling, prior = rate_limit.bucket_for(sweep.snapshot.organization_id), cadence.load_prior_reading(sweep)
    target = replace(target, ceiling=ceiling, prior=prior)
    with _idle_connection():
        result = sweep_account(
            engine(), target, now=sweep.snapshot.as_of, cancel=claim.cancel, seconds=settings.SWEEP_ACCOUNT_SECONDS
        )
    swept_at = timezone.now()
    with transaction.atomic():
        # Locked, so that nobody gives the part away between here and the commit.
        mine = AccountSweep.objects.select_for_update().filter(pk=sweep.pk, claimed_by=claim.token, state=State.RUNNING)
        if not mine.exists():
            raise CancelledError
        recorded = record_account(sweep, result)
        refusal = "" if recorded.left else _refusal(result)
        mine.update(
            state=State.SKIPPED if recorded.left else State.REFUSED if refusal else State.DONE,
            reason=refusal or ("" if recorded.applied else recorded.note),
            swept_at=swept_at,
            ended_at=timezone.now(),
            **costs.cost_fields(result),
            resource_count=len(result.resources),
            full_read_at=result.reused_from,
            gap_count=recorded.gaps if recorded.applied else len(result.gaps),
        )
    faults.clear()
    counters.add_calls(result)
    _log_result(result)


@contextmanager
def _idle_connection() -> Iterator[None]:
    """Ensure a live database connection after a block that does not query it.

    Connecting costs the database as much as recording a small account, so the connection is kept over a short block.
    One that was idle for long may have been cut on its way without either end noticing, and is replaced unasked.
    """
    if connection.in_atomic_block:
        yield
        return
    if settings.DATABASE_POOL:
        connection.close()  # which gives it back to those who have use for it
    begun = time.monotonic()
    try:
        yield
    finally:
        if time.monotonic() - begun > IDLE_CONNECTION_SECONDS or not connection.is_usable():
            connection.close()


def _log_result(result: AccountResult) -> None:
    figures = {
        "calls": sum(result.calls.values()),
        "retries": result.retries,
        "throttles": result.throttles,
        "resources": len(result.resources),
        "gaps": len(result.gaps),
        "seconds": round(result.seconds, 1),
    }
    logger.info("swept: %s", ", ".join(f"{value} {name}" for name, value in figures.items()), extra=figures)


def _refusal(result: AccountResult) -> str:
    """Return why an account could not be entered at all; empty where it could."""
    if not result.refused:
        return ""
    gap = next((gap for gap in result.gaps if gap.region == gap.resource_type == ANY), None)
    return f"{gap.action} failed with {gap.error}. {gap.remedy}" if gap else ""


def _requeue(claim: Claim) -> None:
    if claim.holds(state=State.QUEUED, claimed_by="", heartbeat_at=None):
        requests.enqueue_waiting(claim.sweep.snapshot)


def _retry_later(claim: Claim, error: Exception) -> None:
    """Schedule a retry of a failed part, or let the sweep go on without it."""
    fault = faults.name(error)
    if fault:
        faults.record(fault)
    connection.close_if_unusable_or_obsolete()
    try:
        _record_failure(claim, fault or f"{type(error).__name__}; the worker's log has the details.")
    except DatabaseError:
        # Then it is found without a heartbeat, and given to another.
        logger.warning("%s could not be given back", claim.sweep, exc_info=True)
        connection.close()


def _record_failure(claim: Claim, why: str) -> None:
    attempt = claim.sweep.attempt
    if attempt >= ATTEMPTS:
        reason = f"It failed {ATTEMPTS} times, last with: {why}"
        claim.holds(state=State.FAILED, reason=reason, ended_at=timezone.now())
        return
    again = timezone.now() + timedelta(seconds=RETRY_SECONDS[attempt - 1])
    reason = f"Attempt {attempt} failed: {why} It is tried again from {again:%H:%M:%S} UTC on."
    # The scheduler puts it on the queue when its time has come.
    claim.holds(state=State.QUEUED, claimed_by="", heartbeat_at=None, retry_at=again, reason=reason)


def finish_snapshot(snapshot_id: int) -> bool:
    """End a snapshot whose every part has ended.

    False where some have not, or it has ended already.

    A snapshot in which no account could even be asked has failed.
    """
    parts = AccountSweep.objects.filter(snapshot=snapshot_id)
    running = Snapshot.objects.filter(pk=snapshot_id, state=Snapshot.State.RUNNING)
    if parts.filter(state__in=[State.QUEUED, State.RUNNING]).exists() or not running.exists():
        return False
    if not parts.filter(state__in=[State.DONE, State.REFUSED]).exists():
        return running.update(state=Snapshot.State.FAILED, ended_at=timezone.now()) == 1
    snapshot = Snapshot.objects.select_related("organization").get(pk=snapshot_id)
    # Of workers whose last parts end together, one ends the sweep.
    ended = finish.finish_snapshot(snapshot)
    if ended:
        if finish.is_large(snapshot):
            _enqueue_job("posture.jobs.vacuum", snapshot.pk, "the tables are left to autovacuum")
        if is_cached(snapshot.organization.accounts.count()):
            about = f"the pages of {snapshot.organization} are not looked at ahead"
            _enqueue_job("posture.jobs.warm_up_pages", snapshot.organization_id, about)
    return ended


def _enqueue_job(job: str, pk: int, otherwise: str) -> None:
    """Have done by a job of its own what a large organization needs after a sweep.

    It takes minutes, and ends none.
    """
    try:
        django_rq.get_queue().enqueue(job, pk, job_timeout=requests.UNLIMITED)
    except RedisError as error:
        logger.warning("%s, since the queue does not answer: %s", otherwise, error)


def recover() -> int:
    """Requeue the parts of dead workers and lost jobs; return how many.

    Sweeps whose parts are all done are ended as well.

    Safe to run at any time and by several processes at once.
    """
    revived = _requeue_dead()
    for snapshot_id in Snapshot.objects.filter(state=Snapshot.State.RUNNING).values_list("pk", flat=True):
        finish_snapshot(snapshot_id)
    # Last, since the queue may not answer.
    return revived + _enqueue_missing()


def _requeue_dead() -> int:
    """Give back the parts whose worker has died."""
    long_ago = timezone.now() - timedelta(seconds=HEARTBEAT_TIMEOUT_SECONDS)
    dead = AccountSweep.objects.filter(Q(heartbeat_at__lt=long_ago) | Q(heartbeat_at=None), state=State.RUNNING)
    reason = f"Its worker died {ATTEMPTS} times while sweeping it; the worker's log has the details."
    dead.filter(attempt__gte=ATTEMPTS).update(state=State.FAILED, reason=reason, ended_at=timezone.now())
    return dead.filter(attempt__lt=ATTEMPTS).update(state=State.QUEUED, claimed_by="", heartbeat_at=None)


def _enqueue_missing() -> int:
    """Enqueue waiting parts that have no job, as after a restart of an empty Valkey."""
    waiting = list(
        AccountSweep.objects.filter(
            requests.due_filter(), state=State.QUEUED, snapshot__state=Snapshot.State.RUNNING
        ).order_by("pk")
    )
    if not waiting:
        return 0
    # A job that a worker has begun claims its part at once; where it has not, the worker has died in between, and
    # RQ goes on counting the job as begun.
    carried = set(django_rq.get_queue(requests.QUEUE).get_job_ids())
    lost = [sweep for sweep in waiting if requests.job_id(sweep) not in carried]
    requests.enqueue(lost)
    return len(lost)
