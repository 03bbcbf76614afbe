"""A sweep of an organization ends, whatever happens to its workers.

Says what it did not see.
"""

from __future__ import annotations

import contextlib
import errno
import time
from datetime import timedelta
from typing import Any

import django_rq
import psycopg
import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from redis.exceptions import OutOfMemoryError, ResponseError

from accounts.models import AwsAccount, Organization, Role, User
from posture.core.resource import Resource
from posture.history.models import AccountSweep, ResourceRecord, Snapshot
from posture.orchestration import account_work, faults, requests
from posture.orchestration.requests import NothingToSweepError, SweepRunningError, cancel, request_sweep
from tests.account_sweeps import sweep_part
from tests.conftest import Worker
from tests.simulated import Estate

pytestmark = [pytest.mark.simulator, pytest.mark.slow]

Accounts = dict[str, AwsAccount]
State = AccountSweep.State


def ask(organization: Organization, **options: Any) -> Snapshot:
    return request_sweep(organization, trigger=Snapshot.Trigger.PERSON, **options)


def states(snapshot: Snapshot) -> dict[str, str]:
    return dict(snapshot.account_sweeps.values_list("account__name", "state"))


def ended(snapshot: Snapshot) -> bool:
    snapshot.refresh_from_db()
    return snapshot.state != Snapshot.State.RUNNING


def buckets(account: AwsAccount) -> list[str]:
    return list(ResourceRecord.objects.filter(account=account, type="AWS::S3::Bucket").values_list("name", flat=True))


def test_killing_a_worker_in_mid_sweep_loses_nothing(
    organization: Organization,
    accounts: Accounts,
    estate: Estate,
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    estate.simulator.control.fault("slow", ["s3:*"], seconds=2, times=2)
    chosen = [accounts["payments"], accounts["website"]]
    snapshot = ask(organization, accounts=chosen)
    worker.start()
    running = snapshot.account_sweeps.filter(state=State.RUNNING)
    worker.until(running.exists, seconds=180)

    worker.kill()
    killed = set(running.values_list("pk", flat=True))
    assert killed, "the rows still say that they run"
    monkeypatch.setattr(account_work, "HEARTBEAT_TIMEOUT_SECONDS", 0.1)
    time.sleep(0.2)
    assert account_work.recover() >= 1
    worker.start()
    worker.until(lambda: ended(snapshot), seconds=180)

    assert set(states(snapshot).values()) == {State.DONE}
    assert {part.attempt for part in snapshot.account_sweeps.filter(pk__in=killed)} == {2}
    for account in chosen:
        assert buckets(account) == [f"data-of-{account.account_id}"]


def test_a_queue_that_was_emptied_is_filled_again(
    organization: Organization, accounts: Accounts, worker: Worker
) -> None:
    snapshot = ask(organization, accounts=[accounts["payments"]])
    assert django_rq.get_queue("sweeps").get_job_ids()
    cache._cache.get_client().flushdb()  # type: ignore[attr-defined]
    worker.start()

    assert account_work.recover() == 1
    worker.until(lambda: ended(snapshot), seconds=180)

    assert states(snapshot) == {"payments": State.DONE}


def test_calling_off_stops_the_account_that_is_being_asked_within_seconds(
    organization: Organization, accounts: Accounts, estate: Estate, worker: Worker
) -> None:
    # So slow that to the end it would take minutes.
    estate.simulator.control.fault("slow", ["*"], seconds=5)
    snapshot = ask(organization, accounts=[accounts["payments"], accounts["website"], accounts["suspended"]])
    worker.start()
    worker.until(snapshot.account_sweeps.filter(state=State.RUNNING).exists, seconds=180)

    assert cancel(snapshot)
    started = django_rq.get_queue("sweeps").started_job_registry
    worker.until(lambda: not started.get_job_ids(cleanup=False), seconds=40)
    assert set(states(snapshot).values()) == {State.CANCELLED, State.SKIPPED}
    assert not ResourceRecord.objects.exists()
    assert not cancel(snapshot), "once is enough"


def test_a_second_sweep_is_refused_while_one_runs(organization: Organization, accounts: Accounts) -> None:
    first = ask(organization)

    with pytest.raises(SweepRunningError) as refused:
        ask(organization)

    assert refused.value.snapshot == first
    assert Snapshot.objects.count() == 1


def test_an_organization_without_known_accounts_is_refused_with_a_reason(organization: Organization) -> None:
    with pytest.raises(NothingToSweepError, match="discover its accounts"):
        ask(organization)


def test_a_part_is_claimed_by_one_worker_alone(organization: Organization, accounts: Accounts) -> None:
    part = ask(organization, accounts=[accounts["payments"]]).account_sweeps.get()

    first, second = account_work.Claim.take(part.pk), account_work.Claim.take(part.pk)

    assert first
    assert second is None


def test_who_lost_the_claim_records_nothing(
    organization: Organization, accounts: Accounts, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = ask(organization, accounts=[accounts["payments"]])
    part = snapshot.account_sweeps.get()
    from posture.sweep import sweep_account as real

    def slow(*arguments: Any, **options: Any) -> Any:
        result = real(*arguments, **options)
        AccountSweep.objects.update(claimed_by="somebody else")
        return result

    monkeypatch.setattr(account_work, "sweep_account", slow)

    sweep_part(part.pk)

    part.refresh_from_db()
    assert (part.state, part.claimed_by) == (State.RUNNING, "somebody else")
    assert not ResourceRecord.objects.exists()


def test_a_part_whose_workers_keep_dying_does_not_hold_the_sweep(
    organization: Organization, accounts: Accounts
) -> None:
    snapshot = ask(organization, accounts=[accounts["payments"]])
    long_ago = timezone.now() - timedelta(hours=1)
    snapshot.account_sweeps.update(state=State.RUNNING, attempt=4, heartbeat_at=long_ago)

    account_work.recover()

    assert ended(snapshot)
    assert snapshot.state == Snapshot.State.FAILED
    assert "died 4 times" in snapshot.account_sweeps.get().reason


def test_a_fault_of_our_own_is_tried_again_and_then_named(
    organization: Organization, accounts: Accounts, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> list[Resource]:
        raise ZeroDivisionError

    monkeypatch.setattr(account_work, "sweep_account", broken)
    snapshot = ask(organization, accounts=[accounts["payments"]])
    part = snapshot.account_sweeps.get()

    waited = []
    for _ in range(account_work.ATTEMPTS):
        sweep_part(part.pk)
        part.refresh_from_db()
        if part.retry_at and part.state == State.QUEUED:
            assert "tried again from" in part.reason
            assert not requests.waiting_parts(snapshot.pk).exists()
            sweep_part(part.pk)
            assert not account_work.recover()
            part.refresh_from_db()
            assert part.state == State.QUEUED, "its time has not come"
            waited.append(round((part.retry_at - timezone.now()).total_seconds()))
            snapshot.account_sweeps.update(retry_at=timezone.now())

    assert waited == sorted(waited)
    assert sum(waited) > 120, "whatever was wrong had minutes to pass"
    assert (part.state, part.attempt) == (State.FAILED, account_work.ATTEMPTS)
    assert "ZeroDivisionError" in part.reason
    assert ended(snapshot)


FULL = psycopg.errors.DiskFull('could not extend file "base/5/16412": No space left on device')


def test_a_full_disk_of_the_database_is_named(
    organization: Organization, accounts: Accounts, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OperationalError("could not extend file") from FULL

    monkeypatch.setattr(account_work, "sweep_account", lambda *_, **__: full())
    snapshot = ask(organization, accounts=[accounts["payments"]])
    part = snapshot.account_sweeps.get()
    sweep_part(part.pk)

    part.refresh_from_db()
    assert "PostgreSQL's disk is full" in part.reason
    client.force_login(User.objects.create(username="ada", role=Role.ADMIN))
    assert "PostgreSQL&#x27;s disk is full" in client.get("/").content.decode()
    faults.clear()
    assert "disk is full" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FULL, "PostgreSQL's disk is full"),
        (ResponseError("MISCONF Redis is configured to save RDB snapshots"), "Valkey cannot write"),
        (OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), "Valkey is out of memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk of a machine"),
        (OSError(errno.EACCES, "Permission denied"), ""),
        (ResponseError("WRONGTYPE"), ""),
    ],
)
def test_what_is_full_is_named(error: Exception, words: str) -> None:
    found = faults.name(error)
    assert found.startswith(words)
    assert bool(found) == bool(words)


def test_a_queue_that_does_not_answer_loses_no_request(
    organization: Organization, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis.exceptions import ConnectionError as QueueGoneError

    def gone(_: Any) -> None:
        raise QueueGoneError

    with monkeypatch.context() as patch, contextlib.suppress(QueueGoneError):
        patch.setattr(requests, "enqueue", gone)
        snapshot = ask(organization, accounts=[accounts["payments"]])

    assert states(snapshot) == {"payments": State.QUEUED}
    assert account_work.recover() == 1
    assert django_rq.get_queue("sweeps").get_job_ids() == [requests.job_id(snapshot.account_sweeps.get())]


def test_a_worker_that_is_asked_to_end_gives_its_accounts_back(
    organization: Organization, accounts: Accounts, estate: Estate, worker: Worker
) -> None:
    estate.simulator.control.fault("slow", ["*"], seconds=1)
    snapshot = ask(organization, accounts=[accounts["payments"], accounts["website"]])
    worker.start()
    worker.until(lambda: snapshot.account_sweeps.filter(state=State.RUNNING).count() == 2, seconds=180)

    worker.stop()

    assert set(states(snapshot).values()) == {State.QUEUED}
    estate.simulator.control.clear_faults()
    worker.start()
    worker.until(lambda: ended(snapshot), seconds=180)
    assert set(states(snapshot).values()) == {State.DONE}


def test_a_part_that_hangs_is_taken_away_from_its_worker(
    organization: Organization, accounts: Accounts, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_work, "PART_SECONDS", 0.1)
    estate.simulator.control.fault("slow", ["*"], seconds=2, times=1)
    snapshot = ask(organization, accounts=[accounts["payments"]])
    part = snapshot.account_sweeps.get()

    sweep_part(part.pk)
    monkeypatch.setattr(account_work, "HEARTBEAT_TIMEOUT_SECONDS", 0)
    account_work.recover()

    assert states(snapshot) == {"payments": State.QUEUED}


def test_the_account_that_took_longest_is_swept_first(organization: Organization, accounts: Accounts) -> None:
    before = ask(organization)
    began = timezone.now()
    for minutes, name in enumerate(("website", "payments", "management", "roleless"), start=1):
        before.account_sweeps.filter(account=accounts[name]).update(
            state=State.DONE, started_at=began, ended_at=began + timedelta(minutes=minutes)
        )
    assert account_work.finish_snapshot(before.pk)

    after = ask(organization)

    order = [part.account.name for part in requests.waiting_parts(after.pk)]
    assert order == ["roleless", "management", "payments", "website"]
    by_job = {requests.job_id(part): part.account.name for part in after.account_sweeps.all()}
    queued = [by_job[name] for name in django_rq.get_queue("sweeps").get_job_ids() if name in by_job]
    assert queued == order
