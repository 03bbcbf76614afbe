"""Many hands at once: sweeps of one account, readers, and the dropping of old months."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from posture.history import read, retention
from posture.history.models import AccountPoint, AccountState, ResourceRecord
from posture.history.scope import Scope
from tests.history.world import account, bucket, day, organization, snapshot, sweep, user

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(jobs: list[Callable[[], object]]) -> None:
    """Run every job in a thread and connection of its own; raise what any of them raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait(30)
            job()
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert not any(thread.is_alive() for thread in threads)


def test_results_of_one_account_wait_for_each_other() -> None:
    acme = organization()
    one, two = account(acme), account(acme)
    days = list(range(0, 120, 20))  # over several months, whose partitions are made on the way
    for number in days:
        snapshot(acme, day(number))
    admin = user()
    buckets = {number: [bucket(f"b{i}", V=number) for i in range(5)] for number in days}
    jobs: list[Callable[[], object]] = [
        partial(sweep, owner, day(number), buckets[number]) for owner in (one, two) for number in days for _ in range(2)
    ]
    jobs += [
        lambda: read.standings(Scope.of(admin, acme)),
        lambda: read.changes(Scope.of(admin, acme), day(0), day(99)).counts,
    ]

    at_once(jobs[1::2] + jobs[::2])

    for owner in (one, two):
        assert AccountState.objects.get(pk=owner.pk).last_at == day(days[-1])
        records = ResourceRecord.objects.filter(account=owner, name="b0").order_by("valid_from")
        spans = [(record.valid_from, record.valid_to) for record in records]
        assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]
        assert spans[-1] == (day(days[-1]), None)
        assert AccountPoint.objects.filter(account=owner).count() == len(spans)


def test_old_months_are_dropped_while_others_stay() -> None:
    acme, admin = organization(), user()
    owner = account(acme)
    for number in (0, 40, 80):
        sweep(owner, day(number), [bucket("b", Public=number == 40)])

    dropped = retention.drop_before(datetime(2026, 3, 1, tzinfo=UTC))

    assert "history_version_closed_2026_02" in dropped
    assert not any(name.endswith("2026_03") for name in dropped)
    versions = ResourceRecord.objects.order_by("valid_from")
    assert [record.valid_from for record in versions] == [day(40), day(80)]
    assert read.score(Scope.of(admin, acme, as_of=day(0))) is not None


def test_months_are_not_dropped_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="readers would wait"):
        retention.drop_before(day(0))
