"""Sweep several accounts of a snapshot concurrently in one process.

So no thread idles while one account ends.

A job brings one account; its lanes then take whichever accounts of the same snapshot are waiting. The
jobs of those find nothing left to do.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import django_rq
from django.conf import settings
from django.db import connection

from posture.history.models import AccountSweep
from posture.orchestration import account_work
from posture.sweep.cpu_affinity import one_core

LOOK_SECONDS = 0.2
stopping = threading.Event()
"""Set when the process is to end: accounts under way are given back, no other is begun."""


def sweep_parts(account_sweep_id: int) -> None:
    """Sweep an account's part of a snapshot, then others until none wait."""
    part = AccountSweep.objects.filter(pk=account_sweep_id).first()
    if part is None or part.state != AccountSweep.State.QUEUED:
        return
    waiting = AccountSweep.objects.filter(snapshot=part.snapshot_id, state=AccountSweep.State.QUEUED).count()
    lanes = max(1, min(settings.SWEEP_ACCOUNTS, waiting))
    with one_core() as core, ThreadPoolExecutor(lanes, thread_name_prefix="account") as threads:
        running = [threads.submit(_run_slot, part.snapshot_id, part.pk if not lane else None) for lane in range(lanes)]
        # The system may hand a signal to any thread, and Python serves it in this one alone, once it wakes.
        while wait(running, timeout=LOOK_SECONDS).not_done:
            core.look()
    for lane in running:
        lane.result()


def _run_slot(snapshot_id: int, begin_with: int | None) -> None:
    try:
        # Another lane may have taken the first part already; a lane then goes on with the next.
        claim = (account_work.Claim.take(begin_with) if begin_with else None) or account_work.Claim.next(snapshot_id)
        while claim is not None:
            account_work.sweep_claimed(claim, stopping)
            # People wait for short jobs, so those go first.
            done = stopping.is_set() or django_rq.get_queue("default").count
            claim = None if done else account_work.Claim.next(snapshot_id)
    finally:
        connection.close()


def stop() -> None:
    """Stop everything in this process soon; called when it is asked to end."""
    stopping.set()
