"""Concurrent sweeps of one account, readers, and the dropping of old months."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import AwsAccount
from posture.history import query
from posture.history.ingest import Recorded, coverage
from posture.history.ingest.account import lock
from posture.history.models import AccountPoint, AccountState, ResourceRecord
from posture.history.scope import Scope
from posture.history.upkeep import retention
from posture.orchestration import discovery
from posture.sweep.organization import About, Member, OrganizationTree, Unit
from tests.history.world import account, bucket, day, organization, snapshot, sweep, user
from tests.tuning import Tune

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(jobs: list[Callable[[], object]]) -> None:
    """Run every job in a thread and connection of its own; raise what any raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait(300)
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
        thread.join(300)
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
        lambda: query.summarize_accounts(Scope.of(admin, acme)),
        lambda: query.changes_between(Scope.of(admin, acme), day(0), day(99)).counts,
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
    assert query.load_score(Scope.of(admin, acme, as_of=day(0))) is not None


def test_months_that_are_not_kept_are_dropped(settings: Any) -> None:
    owner = account(organization())
    for number in (0, 40, 80):
        sweep(owner, day(number), [bucket("b", Public=number == 40)])

    settings.HISTORY_MONTHS = 0
    assert retention.forget(day(900)) == []
    settings.HISTORY_MONTHS = 1
    assert "history_version_closed_2026_02" not in retention.forget(day(80))
    assert "history_version_closed_2026_02" in retention.forget(day(110))
    assert retention.forget(day(110)) == []


@pytest.mark.parametrize(
    ("months", "first"),
    [
        (1, datetime(2025, 12, 1, tzinfo=UTC)),
        (12, datetime(2025, 1, 1, tzinfo=UTC)),
        (13, datetime(2024, 12, 1, tzinfo=UTC)),
    ],
)
def test_months_are_counted_back_over_the_years(months: int, first: datetime) -> None:
    assert retention.months_before(day(3), months) == first


def test_a_dropping_that_was_broken_off_is_ended() -> None:
    sweep(account(organization()), day(0), [bucket("b")])
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE history_version_closed DETACH PARTITION "history_version_closed_2026_01"')

    assert "history_version_closed_2026_01" in retention.drop_before(day(40))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('history_version_closed_2026_01')")
        assert cursor.fetchone() == (None,)


def test_a_month_that_somebody_works_on_is_left_to_the_next_time(tune: Tune) -> None:
    sweep(account(organization()), day(0), [bucket("b")])
    tune(partition_lock_timeout="50ms")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE history_version_closed IN SHARE UPDATE EXCLUSIVE MODE")
            dropped = retention.drop_before(day(40))
            cursor.execute("ROLLBACK")
    finally:
        other.close()

    assert "history_version_closed_2026_01" not in dropped
    assert "history_finding_closed_2026_01" in dropped
    assert retention.drop_before(day(40)) == ["history_version_closed_2026_01"]


def test_nobody_waits_for_a_month_that_is_dropped_while_somebody_reads_it() -> None:
    """The dropping waits for the reader; later readers do not queue behind it."""
    acme, admin = organization(), user()
    owner = account(acme)
    for number in (0, 40, 80):
        sweep(owner, day(number), [bucket("b", Public=number == 40)])
    early, dropped = connection.copy(), list[str]()
    dropping = threading.Thread(target=at_once, args=[[lambda: dropped.extend(retention.drop_before(day(40)))]])
    try:
        with early.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT count(*) FROM history_version_closed")
            dropping.start()
            while not detaching():
                assert dropping.is_alive()
                time.sleep(0.01)
            seen = [len(list(query.resources(Scope.of(admin, acme, as_of=day(number))))) for number in (40, 80)]
            still_waits = detaching()
            cursor.execute("COMMIT")
    finally:
        early.close()
    dropping.join(300)

    assert seen == [1, 1]
    assert still_waits
    assert "history_version_closed_2026_01" in dropped


def detaching() -> bool:
    """Whether somebody waits to take a month out of its table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%DETACH%'"
        )
        return bool(cursor.fetchone()[0])


def test_months_are_not_dropped_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="readers would wait"):
        retention.drop_before(day(0))


def test_an_account_leaves_while_it_is_recorded_and_neither_waits_for_the_other_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acme = organization()
    stays, leaves = account(acme), account(acme)
    halfway, go_on = threading.Event(), threading.Event()
    write = coverage.write

    def pause(account_pk: int, *rest: Any) -> None:
        halfway.set()
        go_on.wait(60)
        write(account_pk, *rest)

    def discover() -> None:
        halfway.wait(60)
        member = Member(stays.account_id, stays.name, "", "ACTIVE", None, "r-1", None)
        units = [Unit("r-1", "Root", None, "/r-1/")]
        discovery.write_organization(
            acme, OrganizationTree(About("o-1", stays.account_id, True), units, [member]), day(1)
        )

    def release() -> None:
        while not waits_for_a_lock():
            time.sleep(0.02)
        go_on.set()

    monkeypatch.setattr(coverage, "write", pause)
    at_once([lambda: sweep(leaves, day(2), [bucket("b", Public=True)]), discover, release])

    leaves.refresh_from_db()
    assert leaves.left_at == day(1)
    assert {each.close_reason for each in ResourceRecord.objects.filter(account=leaves)} == {"account_left"}


def test_what_waits_while_an_account_leaves_is_not_recorded() -> None:
    owner = account(organization())
    sweep(owner, day(0), [bucket("b")])
    locked, go_on = threading.Event(), threading.Event()
    results: list[Recorded] = []

    def leave() -> None:
        with transaction.atomic():
            lock(owner.pk)
            locked.set()
            go_on.wait(60)
            AwsAccount.objects.filter(pk=owner.pk).update(left_at=day(1))

    def record() -> None:
        locked.wait(60)
        results.append(sweep(owner, day(2), [bucket("b")]))

    def release() -> None:
        locked.wait(60)
        while not waits_for_a_lock():
            time.sleep(0.02)
        go_on.set()

    at_once([leave, record, release])

    assert [each.left for each in results] == [True]
    assert AccountState.objects.get(pk=owner.pk).last_at == day(0)


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
