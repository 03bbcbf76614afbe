"""Sweep one account of a snapshot in the test's own process."""

from __future__ import annotations

import threading

from posture.orchestration import account_work


def sweep_part(account_sweep_id: int) -> None:
    """Claim an account's part of a snapshot and sweep it, if it is waiting."""
    claim = account_work.Claim.take(account_sweep_id)
    if claim is not None:
        account_work.sweep_claimed(claim, threading.Event())
