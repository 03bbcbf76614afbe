"""The limit of calls per second of an organization, shared among its workers.

AWS's own limits are kept by account, whoever sweeps it. This one is the organization's wish, and spans
accounts. Each worker takes an equal share; how many there are follows from the claims on accounts, and
looked up again with every heartbeat. So a worker that has just joined may for one heartbeat be over.
"""

from __future__ import annotations

import os
import threading

from django.conf import settings

from posture.history.models import AccountSweep
from posture.sweep.pacing import Bucket, Rate

_shares: dict[int, Bucket] = {}
_lock = threading.Lock()


def bucket_for(organization_id: int) -> Bucket | None:
    """Return what this process may spend on an organization, brought up to date.

    None where there is no ceiling.
    """
    if not settings.SWEEP_CALLS_PER_SECOND:
        return None
    rate = _rate(organization_id)
    with _lock:
        bucket = _shares.get(organization_id)
        if bucket is None:
            bucket = _shares[organization_id] = Bucket(rate)
        else:
            bucket.retune(rate)
    return bucket


def _rate(organization_id: int) -> Rate:
    running = AccountSweep.objects.filter(
        state=AccountSweep.State.RUNNING, snapshot__organization=organization_id
    ).exclude(claimed_by="")
    # A claim's token is that of its process, and a part of its own.
    workers = {token.rpartition(":")[0] for token in running.values_list("claimed_by", flat=True)}
    return Rate(settings.SWEEP_CALLS_PER_SECOND / max(1, len(workers)), 1)


def _forget() -> None:
    global _lock  # noqa: PLW0603 - another thread may have held it when the process forked
    _lock = threading.Lock()
    _shares.clear()


os.register_at_fork(after_in_child=_forget)
