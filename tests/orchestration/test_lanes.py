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
from posture.core.sweep import AccountResult
from posture.history.models import AccountSweep, Snapshot
from posture.orchestration import account_work, concurrency
from posture.sweep import cpu_affinity
from tests.account_sweeps import sweep_part

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

    monkeypatch.setattr(cpu_affinity, "CLAIM", f"plumbline-test-{os.getpid()}")
    monkeypatch.setattr(account_work, "sweep_claimed", sweep_claimed)
    concurrency.sweep_parts(parts[0].pk)

    assert len(swept) == sum(account.is_swept for account in accounts.values()) > 1
    assert {len(core) for core in swept} == {1}
    assert os.sched_getaffinity(0) == allowed


def test_of_two_that_claim_a_part_at_once_one_wins(organization: Organization, accounts: dict[str, AwsAccount]) -> None:
    snapshot = Snapshot.objects.create(organization=organization, as_of=AS_OF, trigger="person")
    part = AccountSweep.objects.create(snapshot=snapshot, account=accounts["payments"])
    beginning = threading.Event()

    def second() -> account_work.Claim | None:
        try:
            connection.ensure_connection()
            beginning.set()
            return account_work.Claim.take(part.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            first = account_work.Claim.take(part.pk)
            other = threads.submit(second)
            assert beginning.wait(10)
            wait_for_a_lock()
        assert first is not None
        assert other.result(10) is None
    part.refresh_from_db()
    assert (part.claimed_by, part.attempt) == (first.token, 1)


@pytest.mark.parametrize(
    ("meanwhile", "idle", "kept"),
    [("nothing happens", 60.0, True), ("the database restarts", 60.0, False), ("it takes long", 0.0, False)],
)
def test_a_connection_is_kept_while_aws_is_asked_and_replaced_where_it_may_be_lost(
    meanwhile: str,
    idle: float,
    organization: Organization,
    accounts: dict[str, AwsAccount],
    monkeypatch: pytest.MonkeyPatch,
    *,
    kept: bool,
) -> None:
    snapshot = Snapshot.objects.create(organization=organization, as_of=AS_OF, trigger="person")
    part = AccountSweep.objects.create(snapshot=snapshot, account=accounts["payments"])
    before: list[int] = []

    def sweep_account(_: Any, target: Any, **__: Any) -> AccountResult:
        assert connection.connection is not None
        before.append(connection.connection.info.backend_pid)
        if meanwhile == "the database restarts":
            with ThreadPoolExecutor(1) as threads:
                threads.submit(end_connection, before[-1]).result(10)
        return AccountResult(target.account_id, AS_OF, (), (), (), (), ())

    monkeypatch.setattr(account_work, "IDLE_CONNECTION_SECONDS", idle)
    monkeypatch.setattr(account_work, "sweep_account", sweep_account)
    sweep_part(part.pk)

    part.refresh_from_db()
    assert (part.state, part.attempt, len(before)) == (AccountSweep.State.DONE, 1, 1)
    assert connection.connection is not None
    assert (connection.connection.info.backend_pid == before[0]) is kept


def end_connection(backend_pid: int) -> None:
    """End a connection as a database that stops does, and wait until it has."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend_pid])
            assert cursor.fetchone() == (True,)
    finally:
        connection.close()


def wait_for_a_lock() -> None:
    """Wait until another database connection waits for a row lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")
