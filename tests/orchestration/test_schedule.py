"""The scheduler starts what is due, once.

Lives through restarts of what it depends on.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import django_rq
import psycopg
import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.utils import timezone
from redis.exceptions import ConnectionError as QueueGoneError

from accounts.models import AwsAccount, Organization
from posture.history.columnar import monthly_snapshots
from posture.history.models import EventLog, IntervalLog, Snapshot
from posture.history.upkeep import warm_up
from posture.orchestration import account_work
from posture.orchestration.heartbeat import scheduler_seen_at
from posture.orchestration.schedule import Scheduler, is_due
from tests.conftest import ROOT
from tests.history.world import account, bucket, day, sweep
from tests.tuning import Tune

HOUR = timedelta(hours=1)


def queued() -> list[str]:
    return sorted(str(job.func_name).rsplit(".", 1)[1] for job in django_rq.get_queue("default").get_jobs())


def swept(organization: Organization, ago: timedelta, state: str = "complete") -> Snapshot:
    then = timezone.now() - ago
    return Snapshot.objects.create(
        organization=organization, as_of=then, started_at=then, state=state, trigger="schedule"
    )


@pytest.mark.parametrize(
    ("ago", "state", "due"),
    [
        (25 * HOUR, "complete", True),
        (23 * HOUR, "complete", False),
        (25 * HOUR, "failed", True),
        (25 * HOUR, "cancelled", True),
        (25 * HOUR, "running", False),
    ],
)
def test_a_sweep_is_due_an_interval_after_the_last_one_began(
    organization: Organization,
    ago: timedelta,
    state: str,
    due: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    swept(organization, ago, state)

    assert is_due(organization, timezone.now()) is due


def test_zero_hours_sweeps_on_demand_alone(organization: Organization) -> None:
    organization.sweep_every_hours = 0
    swept(organization, 9000 * HOUR)

    assert not is_due(organization, timezone.now())


def test_after_a_day_of_silence_one_sweep_is_asked_for_and_not_many(organization: Organization) -> None:
    organization.sweep_every_hours = 1
    organization.save()
    swept(organization, 24 * HOUR)

    for _ in range(3):
        Scheduler().look()

    assert queued() == ["discover", "scheduled_sweep"]


@pytest.mark.parametrize(
    "change", [{"state": "paused"}, {"state": "draft"}, {"is_simulated": True, "sweep_every_hours": 0}]
)
def test_what_is_paused_or_has_its_story_complete_is_left_alone(
    organization: Organization, change: dict[str, Any]
) -> None:
    Organization.objects.update(**change)
    swept(organization, 25 * HOUR)

    Scheduler().look()

    assert queued() == []


def test_a_simulation_whose_story_has_ended_is_swept_as_any_other(organization: Organization) -> None:
    Organization.objects.update(is_simulated=True, sweep_every_hours=1)
    swept(organization, 2 * HOUR)

    Scheduler().look()

    assert queued() == ["discover", "scheduled_sweep"]


def test_pages_show_whether_the_scheduler_lives(organization: Organization) -> None:
    assert scheduler_seen_at() is None

    Scheduler().look()

    seen = scheduler_seen_at()
    assert seen
    assert timezone.now() - seen < timedelta(seconds=5)


@pytest.mark.parametrize("error", [OperationalError, QueueGoneError])
def test_a_database_or_queue_that_restarts_costs_one_look(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    swept(organization, 25 * HOUR)

    def gone() -> int:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(account_work, "recover", gone)
        Scheduler().look()

    assert "scheduled_sweep" in queued(), "the other steps were taken"


def test_a_job_that_comes_twice_sweeps_once(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    from posture import jobs

    AwsAccount.objects.create(organization=organization, account_id=organization.root_account_id, name="root")
    monkeypatch.setattr(jobs, "discover", lambda _: True)
    swept(organization, 25 * HOUR)

    jobs.scheduled_sweep(organization.pk)
    jobs.scheduled_sweep(organization.pk)

    assert Snapshot.objects.filter(state="running").count() == 1
    Snapshot.objects.filter(state="running").update(state="complete")
    jobs.scheduled_sweep(organization.pk)
    assert Snapshot.objects.count() == 2


@pytest.mark.slow
def test_the_scheduler_process_ends_cleanly_on_request(child_environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "schedule", "--every", "0.2"],
        cwd=ROOT,
        env=child_environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + 60
        while scheduler_seen_at() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=20)
    finally:
        process.kill()

    assert process.returncode == 0, said
    assert "has ended" in said


def test_pages_are_looked_at_ahead_where_what_they_are_made_of_was_lost(organization: Organization, tune: Tune) -> None:
    from posture import jobs

    tune(cached_scope_min_accounts=4)
    owner, *_ = (account(organization) for _ in range(4))
    queue = django_rq.get_queue("default")

    def look() -> bool:
        queue.empty()  # type: ignore[no-untyped-call]  # RQ's own
        cache.delete(f"plumbline:scheduler:ahead:{organization.pk}")
        Scheduler().warm_up_pages()
        return "warm_up_pages" in queued()

    assert not look(), "nothing is cached yet"
    sweep(owner, day(0), [bucket("a", Public=True)])
    assert look()
    Scheduler().warm_up_pages()
    assert queued() == ["warm_up_pages"], "it is asked for once"
    jobs.warm_up_pages(organization.pk)
    assert not look()
    cache.clear()
    running = swept(organization, HOUR, "running")
    assert not look(), "it is left to what follows the sweep"
    running.delete()
    assert look()


def test_months_that_are_missing_are_kept_piece_by_piece_and_taken_up_again(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    from posture import jobs

    tune(snapshot_uncached_max_accounts=0)
    tune(event_log_min_accounts=0)
    tune(event_log_shard_accounts=1)
    tune(monthly_snapshot_shard_accounts=1)
    for owner in (account(organization), account(organization)):
        for at in (day(0), day(40)):
            sweep(owner, at, [bucket("a", Public=at == day(0))])

    def work_off() -> int:
        number = 0
        while "warm_up_past" in queued():
            django_rq.get_queue("default").empty()  # type: ignore[no-untyped-call]  # RQ's own
            number += 1
            jobs.warm_up_past(organization.pk)
        return number

    def look() -> list[str]:
        cache.delete(f"plumbline:scheduler:past:{organization.pk}")
        Scheduler().warm_up_past()
        return queued()

    running = swept(organization, HOUR, "running")
    assert "warm_up_past" not in look(), "it is left to what follows the sweep"
    running.delete()
    extend = monthly_snapshots._extend
    with monkeypatch.context() as patch:
        patch.setattr(
            monthly_snapshots, "_extend", lambda *args: extend(*args) if not IntervalLog.objects.exists() else 1 / 0
        )
        assert "warm_up_past" in look()
        with pytest.raises(ZeroDivisionError):
            work_off()
    kept, journaled = 1, 2 * len(EventLog.Subject)
    assert (IntervalLog.objects.count(), EventLog.objects.count()) == (kept, journaled), "what was done stays done"
    assert warm_up.lacks_past(organization)
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [monthly_snapshots.LOCK])
        assert not warm_up.prepare_past(organization), "another process is at it"
    assert "warm_up_past" in look()
    assert work_off() == 4 - kept
    assert "warm_up_past" not in look()
    assert not warm_up.lacks_past(organization)
    assert not warm_up.prepare_past(organization)
