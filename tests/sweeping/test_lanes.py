"""The lanes of a process sweep the accounts of a snapshot on one core."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import AwsAccount, Organization
from posture.history.models import AccountSweep, Snapshot
from posture.sweep import cores
from posture.sweeping import lanes, work

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.skipif(sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="needs two cores, and Linux")
def test_accounts_are_swept_on_one_core_and_all_come_back(
    organization: Organization, accounts: dict[str, AwsAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = os.sched_getaffinity(0)
    snapshot = Snapshot.objects.create(organization=organization, as_of=AS_OF, trigger="person")
    parts = [AccountSweep.objects.create(snapshot=snapshot, account=account) for account in accounts.values()]
    swept: list[set[int]] = []

    def sweep_claimed(claim: Any, _: Any) -> None:
        swept.append(os.sched_getaffinity(0))
        AccountSweep.objects.filter(pk=claim.sweep.pk).update(state=AccountSweep.State.DONE)

    monkeypatch.setattr(cores, "CLAIM", f"plumbline-test-{os.getpid()}")
    monkeypatch.setattr(work, "sweep_claimed", sweep_claimed)
    lanes.sweep_parts(parts[0].pk)

    assert len(swept) == sum(account.is_swept for account in accounts.values()) > 1
    assert {len(core) for core in swept} == {1}
    assert os.sched_getaffinity(0) == allowed


def test_of_two_that_claim_a_part_at_once_one_wins(organization: Organization, accounts: dict[str, AwsAccount]) -> None:
    snapshot = Snapshot.objects.create(organization=organization, as_of=AS_OF, trigger="person")
    part = AccountSweep.objects.create(snapshot=snapshot, account=accounts["payments"])
    beginning = threading.Event()

    def second() -> work.Claim | None:
        try:
            connection.ensure_connection()
            beginning.set()
            return work.Claim.take(part.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            first = work.Claim.take(part.pk)
            other = threads.submit(second)
            assert beginning.wait(10)
            wait_for_a_lock()
        assert first is not None
        assert other.result(10) is None
    part.refresh_from_db()
    assert (part.claimed_by, part.attempt) == (first.token, 1)


def wait_for_a_lock() -> None:
    """Wait until another connection to this database waits for a row that somebody has changed."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")
