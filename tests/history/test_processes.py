"""Processes that sweep, read and forget one account at once all make progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from multiprocessing import get_context
from typing import Any

import pytest
from django.db import connection

from accounts.models import AwsAccount, Organization, User
from posture.core.resource import Resource
from posture.history import query
from posture.history.models import AccountState, FindingRecord, ResourceRecord
from posture.history.partitions import ensure_month
from posture.history.scope import Scope
from posture.history.upkeep import retention
from tests.history.world import account, bucket, day, organization, snapshot, sweep, user

pytestmark = pytest.mark.django_db(transaction=True)

FORK = get_context("fork")
BEFORE, DAYS = range(0, 180, 45), range(210, 480, 15)
"""Days that are swept before, and those on which everything happens at once."""
KEPT = 200
"""Day before whose month everything is dropped, over and over."""
LIMIT = 300
"""Seconds after which a process is taken to hang, on however slow a machine."""
STALL = "5s"
"""So long no reader waits for a lock; `./dev bench history` measures whole reads."""


def holds(number: int) -> list[Resource]:
    return [bucket(f"b{each}", Public=(number + each) % 2 == 0, Turn=number) for each in range(20)]


def sweeping(owner: AwsAccount, days: Sequence[int]) -> None:
    for number in days:
        sweep(owner, day(number), holds(number), judged=number % 2 == 0)


def reading(admin: User, acme: Organization, stop: Any) -> None:
    scope = Scope.of(admin, acme, as_of=day(DAYS[-1]))
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = %s", [STALL])
    while not stop.is_set():
        found = list(query.resources(scope))
        changes = query.changes_between(scope, day(DAYS[0]), day(DAYS[-1])).counts
        assert len({record.resource_id for record in found}) == len(found)
        assert changes.added <= len(holds(0))


def forgetting(stop: Any, dropped: Any) -> None:
    while not stop.is_set():
        dropped.value += len(retention.drop_before(day(KEPT)))
        ensure_month(day(BEFORE[0]))  # so that there is one to be dropped again


def afresh(job: Callable[..., None], *arguments: Any) -> None:
    """Do a job on a connection of its own.

    What a browser's test before left open is the parent's, and of all children.

    Django keeps one connection where a loop runs in the thread, as Playwright's does, and another where none does.
    """
    connection.connection = None
    job(*arguments)


def run(job: Callable[..., None], *arguments: Any) -> Any:
    process = FORK.Process(target=afresh, args=(job, *arguments))
    process.start()
    return process


def test_sweeps_readers_and_retention_of_one_account_get_along() -> None:
    acme, admin = organization(), user()
    owner = account(acme)
    for number in DAYS:
        snapshot(acme, day(number))
    sweeping(owner, BEFORE)
    stop, dropped = FORK.Event(), FORK.Value("i", 0)
    connection.close()  # a connection does not survive a fork

    others = [run(reading, admin, acme, stop), run(reading, admin, acme, stop)]
    others.append(run(forgetting, stop, dropped))
    sweeps = [run(sweeping, owner, days) for days in (DAYS, DAYS, DAYS[::2])]
    for process in sweeps:
        process.join(LIMIT)
    stop.set()
    for process in others:
        process.join(LIMIT)

    assert [process.exitcode for process in (*sweeps, *others)] == [0] * 6
    assert AccountState.objects.get(pk=owner.pk).last_at == day(DAYS[-1])
    assert dropped.value > 0
    assert_whole(owner, Scope.of(admin, acme, account=owner))


def assert_whole(owner: AwsAccount, scope: Scope) -> None:
    """The state is that of the last day, and versions have no overlap or hole.

    Since the first date that is kept.
    """
    assert {record.name: record.config["Turn"] for record in query.resources(scope)} == {
        f"b{each}": DAYS[-1] for each in range(20)
    }
    kept = retention.months_before(day(KEPT), 0)
    for name in ("b0", "b19"):
        records = ResourceRecord.objects.filter(account=owner, name=name).order_by("valid_from")
        spans: list[tuple[datetime, datetime | None]] = [
            (record.valid_from, record.valid_to)
            for record in records
            if record.valid_to is None or record.valid_to >= kept
        ]
        assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]
    failing = FindingRecord.objects.filter(account=owner, closed_at=None, check_id="bucket_private")
    assert {finding.resource_name for finding in failing} == {
        f"b{each}" for each in range(20) if (DAYS[-1] + each) % 2 == 0
    }
