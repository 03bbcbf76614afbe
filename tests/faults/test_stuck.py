"""An account in which nothing answers gives up its threads, and says why."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from posture.core.gap import GapReason
from posture.core.sweep import AccountResult
from posture.sweep import Engine, SweepRole, Target, calls, sweep_account
from posture.sweep.circuit_breaker import UNANSWERED_CALLS_MAX
from tests.faults import furnish
from tests.simulated import EXTERNAL_ID, REGION, Estate

pytestmark = [pytest.mark.simulator]

THREADS = 4


def test_a_stuck_account_holds_neither_the_threads_nor_the_others(
    estate: Estate, engine_of: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "LONGEST_BACKOFF", 0.0)
    engine = engine_of(threads=THREADS, read_seconds=1.0)
    # All but entering the account hangs: longer than the client waits.
    estate.simulator.control.fault("slow", ["*"], accounts=[estate.payments], seconds=2)
    ended: dict[str, float] = {}

    def one(account_id: str) -> AccountResult:
        target = Target(account_id, SweepRole(estate.role_arn(account_id), EXTERNAL_ID), [REGION])
        result = sweep_account(engine, target, collectors=furnish.collectors())
        ended[account_id] = time.monotonic()
        return result

    with ThreadPoolExecutor(2) as accounts:
        stuck, other = accounts.map(one, (estate.payments, estate.website))

    assert not other.gaps
    assert other.resources
    assert ended[estate.website] <= ended[estate.payments]
    assert {gap.resource_type for gap in stuck.gaps} == set(furnish.TYPES)
    assert {gap.reason for gap in stuck.gaps} == {GapReason.TIMED_OUT}
    assert "NoAnswer" in {gap.error for gap in stuck.gaps}
    assert all("network" in gap.remedy for gap in stuck.gaps)
    # In each of two regions asking went on for no longer than it took to see that nobody answers.
    assert sum(stuck.calls.values()) <= 1 + 2 * (UNANSWERED_CALLS_MAX + THREADS)
