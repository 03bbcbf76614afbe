"""Whatever workers, database and queue suffer, no account is stuck or half seen."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import django_rq
import psutil
import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AwsAccount, Organization, Role, User
from posture.history import triage
from posture.history.models import (
    AccountPoint,
    AccountSweep,
    FindingRecord,
    GapRecord,
    ResourceRecord,
    Snapshot,
    Triage,
)
from posture.orchestration import account_work, heartbeat, requests
from posture.orchestration.requests import SweepRunningError, request_sweep
from posture.web import alerts
from posture.web.templatetags.words import moment
from tests.depth import examples
from tests.faults import machine as machines
from tests.faults.house import AFFLICTED
from tests.faults.machine import Machine
from tests.faults.story import FATES, Story
from tests.simulated import EXTERNAL_ID, REGION, ROLE_NAME, Estate

pytestmark = [pytest.mark.simulator, pytest.mark.slow]

KILLS = examples(12)
TAGGED = ("AWS::EC2::VPC", "AWS::S3::Bucket", "AWS::SecretsManager::Secret")
ENDED = {"done", "failed", "cancelled", "skipped", "refused"}


@pytest.fixture(scope="module")
def machine(estate_built: Estate, django_db_blocker: Any) -> Iterator[Machine]:
    with django_db_blocker.unblock(), machines.running(estate_built) as machine:
        yield machine


@pytest.fixture
def organization(machine: Machine, estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Organization]:
    """An organization of two accounts, and nothing else in the database."""
    monkeypatch.setattr(account_work, "HEARTBEAT_TIMEOUT_SECONDS", 4)
    organization = Organization.objects.create(
        name="Example",
        state=Organization.State.CONNECTED,
        root_account_id=estate.management,
        role_name=ROLE_NAME,
        external_id=EXTERNAL_ID,
        regions=[REGION],
    )
    for name in ("payments", "website"):
        AwsAccount.objects.create(organization=organization, account_id=getattr(estate, name), name=name)
    yield organization
    machine.kill_all()
    Organization.objects.all().delete()
    User.objects.all().delete()


@pytest.fixture
def story(machine: Machine, organization: Organization, estate: Estate) -> Iterator[Story]:
    """Two workers, and accounts that one is going to sweep while the other discovers."""
    story = Story.begin(machine, organization, estate)
    yield story
    story.house.mend()


def ask(organization: Organization, at: datetime | None = None) -> Snapshot:
    return request_sweep(organization, trigger=Snapshot.Trigger.PERSON, as_of=at)


def running() -> bool:
    return Snapshot.objects.filter(state=Snapshot.State.RUNNING).exists()


def over() -> bool:
    return not running()


def states(snapshot: Snapshot) -> set[str]:
    return set(snapshot.account_sweeps.values_list("state", flat=True))


def mark(estate: Estate, round_: int) -> None:
    """Change something of every kind in each account.

    A half recorded account would show two rounds.
    """
    tags = [{"Key": "round", "Value": str(round_)}]
    for account_id in (estate.payments, estate.website):
        ec2, s3, secrets = (
            estate.simulator.client(name, account_id, REGION) for name in ("ec2", "s3", "secretsmanager")
        )
        ec2.create_tags(Resources=[ec2.describe_vpcs()["Vpcs"][0]["VpcId"]], Tags=tags)
        s3.put_bucket_tagging(Bucket=f"kept-{account_id}", Tagging={"TagSet": tags})
        secrets.tag_resource(SecretId="first", Tags=tags)


def assert_whole(organization: Organization) -> None:
    """No account is half recorded, and nothing is there twice."""
    for account in organization.accounts.all():
        present = ResourceRecord.objects.filter(account=account, valid_to=None)
        rounds = {tags["round"] for tags in present.values_list("tags", flat=True) if "round" in tags}
        assert len(rounds) <= 1, f"{account} is half of one sweep and half of another: {rounds}"
        assert present.count() == present.values("arn").distinct().count()
        if rounds:
            assert present.filter(type__in=TAGGED, tags__has_key="round").count() == len(TAGGED)
    doubles: list[tuple[Any, tuple[str, ...]]] = [
        (ResourceRecord.objects.all(), ("resource_id", "valid_from")),
        (FindingRecord.objects.filter(closed_at=None), ("resource_id", "check_id")),
        (FindingRecord.objects.all(), ("finding_id", "opened_at")),
        (AccountPoint.objects.all(), ("account", "at")),
        (GapRecord.objects.filter(closed_at=None), ("account", "region", "resource_type", "action", "reason")),
        (AccountSweep.objects.all(), ("snapshot", "account")),
    ]
    for rows, same in doubles:
        twice = rows.order_by().values(*same).annotate(times=Count("pk")).filter(times__gt=1)
        assert not twice, f"{rows.model.__name__} twice: {list(twice)}"


def test_kills_in_a_row_lose_nothing(
    machine: Machine, organization: Organization, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = time.time_ns()
    # pytest shows it where the test fails.
    sys.stderr.write(f"the seed is {seed}\n")
    chance = random.Random(seed)  # noqa: S311 - no secret
    at = timezone.now() - timedelta(days=30)
    mark(estate, 0)
    ask(organization, at)
    worker = machine.worker()
    machine.until(over)
    began = time.monotonic()
    mark(estate, 1)
    ask(organization, at + timedelta(minutes=1))
    machine.until(over)
    usual = time.monotonic() - began
    decided = decide_something()
    machine.kill(worker)

    for number in range(2, KILLS + 2):
        if over():
            mark(estate, number)
            ask(organization, at + timedelta(minutes=number))
        worker = machine.worker()
        time.sleep(chance.uniform(0, usual * 1.3))
        machine.kill(worker)
        with monkeypatch.context() as at_once:
            # There was one worker, so whatever still runs is dead.
            at_once.setattr(account_work, "HEARTBEAT_TIMEOUT_SECONDS", 0)
            account_work.recover()
        assert_whole(organization)

    machine.worker()
    machine.settle()
    mark(estate, 0)
    last = ask(organization, at + timedelta(days=1))
    machine.settle()
    assert states(last) == {"done"}
    assert_whole(organization)
    assert_every_sweep_ended()
    assert set(Triage.objects.values_list("finding_id", "state", "reason")) == decided


def decide_something() -> set[tuple[int, str, str]]:
    """Let an admin take on every finding."""
    admin = User.objects.create_user("admin", role=Role.ADMIN)
    for finding in FindingRecord.objects.filter(closed_at=None, status="fail"):
        triage.start_work(admin, finding, "in hand")
    decided = set(Triage.objects.values_list("finding_id", "state", "reason"))
    assert decided
    return decided


def assert_every_sweep_ended() -> None:
    for part in AccountSweep.objects.all():
        assert part.state in ENDED
        assert part.state != "failed" or "died" in part.reason
    assert not Snapshot.objects.filter(ended_at=None).exists()


def test_a_valkey_that_comes_back_empty_loses_no_sweep(
    machine: Machine, organization: Organization, estate: Estate
) -> None:
    estate.simulator.control.fault("slow", ["*"], seconds=0.2)
    snapshot = ask(organization)
    worker = machine.worker()
    machine.until(snapshot.account_sweeps.filter(state="running").exists)

    machine.valkey.stop()
    time.sleep(0.2)
    machine.valkey.start()
    estate.simulator.control.clear_faults()
    machine.settle()
    assert states(snapshot) == {"done"}

    # The worker lives, or is started again.
    if not psutil.pid_exists(worker):
        machine.worker()
    machine.until(heartbeat.count_workers, seconds=10)
    after = ask(organization)
    machine.settle()
    assert states(after) == {"done"}
    assert_whole(organization)


def test_a_worker_is_heard_of_again_after_valkey_was_emptied(
    machine: Machine, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = machine.worker()
    machine.until(heartbeat.count_workers, seconds=20)
    machine.until(lambda: django_rq.get_connection().smembers("rq:workers"), seconds=20)

    django_rq.get_connection().flushall()
    machine.until(alerts.live_workers, seconds=alerts.WORKERS_SECONDS + 10)
    assert psutil.pid_exists(worker), "it is the same worker, which joined RQ's set of workers only once"
    assert not django_rq.get_connection().smembers("rq:workers")

    machine.kill(worker)
    assert heartbeat.count_workers() == 1, "nobody can know yet"
    monkeypatch.setattr(heartbeat, "WORKER_SILENT_SECONDS", 3)
    machine.until(lambda: not heartbeat.count_workers(), seconds=10)


def test_a_postgresql_that_restarts_in_mid_commit_keeps_all_or_nothing(
    machine: Machine, organization: Organization
) -> None:
    ask(organization)
    blocker = psycopg.connect(machine.postgres.url)
    # The recording gets half way, and waits.
    blocker.execute("LOCK TABLE history_accountpoint IN ACCESS EXCLUSIVE MODE")
    machine.worker()
    machine.until(lambda: waits_for_a_lock(machine))
    crash(machine)
    blocker.close()
    connection.close()
    assert not ResourceRecord.objects.exists(), "half a recording"

    machine.settle()

    assert states(Snapshot.objects.get()) == {"done"}
    assert_whole(organization)


def waits_for_a_lock(machine: Machine) -> bool:
    with psycopg.connect(machine.postgres.url) as session:
        found = session.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
    return bool(found and found[0])


def crash(machine: Machine) -> None:
    """Let PostgreSQL end as in a power cut, and come back."""
    assert machine.postgres.process
    machine.postgres.process.kill()
    machine.postgres.process.wait()
    machine.postgres.start()


def test_of_two_requests_at_once_one_learns_that_a_sweep_runs(organization: Organization) -> None:
    def request(_: int) -> str:
        try:
            ask(organization)
        except SweepRunningError as refused:
            return f"refused by {refused.snapshot.pk}"
        finally:
            connection.close()
        return "accepted"

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(request, range(4)))

    running = Snapshot.objects.get()
    assert answers == ["accepted", *[f"refused by {running.pk}"] * 3]
    assert running.account_sweeps.count() == 2


def test_two_workers_sweep_each_account_once(machine: Machine, organization: Organization, estate: Estate) -> None:
    estate.simulator.control.forget_calls()
    snapshot = ask(organization)
    requests.enqueue(list(snapshot.account_sweeps.all()))
    machine.worker()
    machine.worker()

    machine.until(over)

    assert states(snapshot) == {"done"}
    assert set(snapshot.account_sweeps.values_list("attempt", flat=True)) == {1}
    calls = estate.simulator.control.calls()
    assert {calls[account]["s3:ListBuckets"] for account in (estate.payments, estate.website)} == {1}


def test_calling_off_does_not_wait_for_aws(machine: Machine, organization: Organization, estate: Estate) -> None:
    first = ask(organization)
    machine.worker()
    machine.until(over)
    before = set(ResourceRecord.objects.filter(valid_to=None).values_list("id", flat=True))
    assert states(first) == {"done"}
    # The very first call, which no pool of threads makes, hangs as well.
    estate.simulator.control.fault("slow", ["*"], seconds=15)
    second = ask(organization)
    machine.until(second.account_sweeps.filter(state="running").exists)

    began = time.monotonic()
    assert requests.cancel(second)
    jobs = [f"Job OK ({requests.job_id(part)[:-1]}" for part in second.account_sweeps.all()]
    machine.until(lambda: all(job in machine.log for job in jobs))

    assert time.monotonic() - began < 10
    assert set(ResourceRecord.objects.filter(valid_to=None).values_list("id", flat=True)) == before
    assert states(second) == {"cancelled"}


@pytest.mark.parametrize("fate", FATES)
def test_a_discovery_in_mid_sweep_finds_an_account_elsewhere(story: Story, fate: str) -> None:
    before = story.account_states()

    story.discover_in_mid_sweep(FATES[fate])

    during = story.account_states()
    assert story.states() == story.usual | ({} if fate == "moved" else {AFFLICTED: "skipped"})
    assert {name: during[name] for name in story.others} == {name: before[name] for name in story.others}
    story.holds(fate, before[AFFLICTED], during[AFFLICTED])

    story.estate.simulator.control.forget_calls()
    story.sweep()
    assert story.is_asked() == (fate == "moved")
    story.holds(fate, before[AFFLICTED], story.account_states()[AFFLICTED])
    story.house.mend()
    story.discover()
    story.sweep()
    assert story.states() == story.usual
    assert {name: each.facts for name, each in story.account_states().items()} == {
        n: b.facts for n, b in before.items()
    }
    assert_whole(story.organization)


def test_after_a_day_without_a_scheduler_one_sweep_makes_up_for_it_and_says_so(
    machine: Machine, organization: Organization, client: Client
) -> None:
    client.force_login(User.objects.create_user("admin", role=Role.ADMIN))
    Organization.objects.update(sweep_every_hours=1, created_at=timezone.now() - timedelta(hours=2))
    machine.worker()
    with machine.scheduler():
        machine.until(lambda: swept_by_the_clock() == [""])
        machine.until(heartbeat.is_alive)
    assert "The scheduler" not in page(client)

    silent_since = pass_by(timedelta(days=1))
    stopped = page(client)
    assert "The scheduler has stopped; it looked last on" in stopped
    assert "The last sweep ended 1 day ago" in stopped

    with machine.scheduler():
        machine.until(lambda: len(swept_by_the_clock()) == 2)
        looks_again(machine)
        first_slot = Snapshot.objects.earliest("started_at").started_at + timedelta(hours=1)
        reason = f"Makes up for 24 sweeps missed from {moment(first_slot)} on: no scheduler ran"
        assert swept_by_the_clock() == ["", reason]
        assert silent_since < first_slot
        for where in (reverse("sweeps:list"), reverse("sweeps:detail", args=[Snapshot.objects.latest("pk").pk])):
            assert reason in page(client, where)
        well = page(client)
        assert "The scheduler" not in well
        assert "The last sweep ended" not in well

        pass_by(timedelta(minutes=59))
        looks_again(machine)
        assert len(swept_by_the_clock()) == 2, "the next is due an hour after the last began"
        pass_by(timedelta(minutes=2))
        machine.until(lambda: swept_by_the_clock() == ["", reason, ""])
        looks_again(machine)
    assert swept_by_the_clock() == ["", reason, ""]
    assert_every_sweep_ended()
    for queue in ("default", "sweeps"):
        assert not django_rq.get_queue(queue).get_job_ids()


def swept_by_the_clock() -> list[str]:
    """Return the reasons of the scheduled sweeps that have ended."""
    done = Snapshot.objects.filter(trigger=Snapshot.Trigger.SCHEDULE, state=Snapshot.State.COMPLETE)
    assert done.count() >= Snapshot.objects.count() - 1
    return list(done.order_by("pk").values_list("title", flat=True))


def pass_by(time_: timedelta) -> datetime:
    """Let time pass: what was done is longer ago, and short notes are forgotten."""
    Snapshot.objects.update(
        as_of=F("as_of") - time_, started_at=F("started_at") - time_, ended_at=F("ended_at") - time_
    )
    for organization in Organization.objects.all():
        cache.delete(f"plumbline:scheduler:due:{organization.pk}")
    seen = heartbeat.scheduler_seen_at()
    assert seen
    if silence := heartbeat.last_silence():
        cache.set(heartbeat.SILENCE_KEY, (silence[0] - time_, silence[1] - time_), heartbeat.KEPT_SECONDS)
    if time_ > timedelta(hours=12):
        cache.set(heartbeat.KEY, seen - time_, heartbeat.KEPT_SECONDS)
    return seen - time_


def looks_again(machine: Machine) -> None:
    """Wait until the scheduler has looked again, and workers have done its jobs."""
    from_now_on = timezone.now() + timedelta(seconds=1)
    machine.until(lambda: (heartbeat.scheduler_seen_at() or from_now_on) > from_now_on)
    machine.until(lambda: not django_rq.get_queue().get_job_ids())


def page(client: Client, url: str = "/") -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_limits_leave_five_seconds_for_calling_off() -> None:
    from posture.sweep import run, threads

    assert (
        account_work.HEARTBEAT_SECONDS + account_work.LOOK_SECONDS + max(run.LOOK_UP_SECONDS, threads.LOOK_SECONDS) < 5
    )
