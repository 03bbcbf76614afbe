"""Right after a sweep the first reader of a page finds what it is made of.

A page that fails stops nothing.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import django_rq
import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from posture import jobs
from posture.history.models import AccountSweep, ResourceRecord, Snapshot
from posture.history.tuning import tuning
from posture.history.upkeep import finish
from posture.orchestration import account_work
from posture.web import warm_up
from posture.web.navigation import AREAS
from tests.outposts import outpost_world
from tests.tuning import Tune
from tests.web.world import World


@pytest.fixture(autouse=True)
def all_scopes_are_large(tune: Tune) -> None:
    """Keep results for scopes of any size."""
    tune(cached_scope_min_accounts=0)
    tune(snapshot_uncached_max_accounts=0)


def queries(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(reverse(page)).status_code == 200
    return len(found)


def test_the_first_reader_asks_the_database_for_no_more_than_the_second(
    world: World, story: list[Snapshot], client: Client
) -> None:
    client.force_login(world.executive)
    warm_up.warm_up(world.organization)
    pages = [*(area.page for area in AREAS if not area.admins_only), *warm_up.SECONDARY_PAGES, "drift:digest"]
    first = {page: queries(client, page) for page in pages}
    assert first == {page: queries(client, page) for page in pages}
    assert_absent_from_log(world.organization.external_id)


def assert_absent_from_log(secret: str) -> None:
    """No value of the cache, which is kept as it is pickled, has this text in it."""
    kept = django_rq.get_connection()
    values = [(key, kept.get(key)) for key in kept.keys("*plumbline*") if kept.type(key) == b"string"]
    assert secret
    assert len(values) > len(AREAS), "pages are kept"
    assert [key for key, value in values if secret.encode() in (value or b"")] == []


def test_what_is_filtered_or_deep_in_a_list_asks_little_kept_or_not(
    world: World,
    story: list[Snapshot],
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(warm_up, "LARGE_TYPE_ROWS", 0)
    client.force_login(world.executive)
    warm_up.warm_up(world.organization)
    most = {
        ("findings:list", "", "group=none&severity=3"): 14,
        ("findings:list", "", "severity=3&practice=encryption"): 13,
        ("findings:list", "", "group=none&per_page=1&page=2&sort=-region"): 14,
        ("findings:check", "ec2_volume_encrypted", ""): 14,
        ("inventory:table", "", "type=AWS::EC2::Volume&per_page=1&page=2"): 14,
        ("inventory:table", "", "type=AWS::EC2::Volume&region=eu-central-1&sort=-name"): 14,
        ("network:vpcs", "", "page=2"): 13,
    }
    for _ in range(2):  # the second time all of them are kept
        for (name, argument, query), number in most.items():
            url = reverse(name, args=[argument] if argument else [])
            with django_assert_max_num_queries(number):
                assert client.get(f"{url}?{query}").status_code == 200


def test_a_page_that_fails_is_logged_and_the_others_are_looked_at(
    world: World,
    story: list[Snapshot],
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_: HttpRequest) -> HttpResponse:
        raise ValueError("It is broken.")

    def resolving(path: str) -> object:
        match = resolve(path)
        if match.view_name == "dashboard:overview":
            match.func = broken
        return match

    monkeypatch.setattr("posture.web.warm_up.resolve", resolving)
    with caplog.at_level(logging.ERROR, "posture.web.warm_up"):
        warm_up.warm_up(world.organization)
    assert {record.getMessage() for record in caplog.records} == {"/ could not be looked at ahead"}
    client.force_login(world.executive)
    assert queries(client, "findings:list") == queries(client, "findings:list")


def test_the_end_of_a_sweep_has_a_job_look_at_the_pages(
    world: World,
    story: list[Snapshot],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    snapshot = Snapshot.objects.create(organization=world.organization, as_of=timezone.now(), trigger="schedule")
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours, state=AccountSweep.State.DONE)

    with django_capture_on_commit_callbacks(execute=True):
        assert account_work.finish_snapshot(snapshot.pk)

    [job] = django_rq.get_queue().get_jobs()
    assert (job.func, job.args) == (jobs.warm_up_pages, (world.organization.pk,))


def test_the_end_of_a_large_sweep_has_a_job_vacuum_the_tables(
    world: World,
    story: list[Snapshot],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    snapshot = Snapshot.objects.create(organization=world.organization, as_of=timezone.now(), trigger="schedule")
    AccountSweep.objects.create(
        snapshot=snapshot, account=world.ours, state=AccountSweep.State.DONE, resource_count=tuning.vacuum_min_resources
    )

    with django_capture_on_commit_callbacks(execute=True):
        assert account_work.finish_snapshot(snapshot.pk)

    asked = [(job.func, job.args) for job in django_rq.get_queue().get_jobs()]
    assert asked == [(jobs.vacuum, (snapshot.pk,)), (jobs.warm_up_pages, (world.organization.pk,))]


def test_of_workers_that_end_a_sweep_together_one_asks_for_it(
    world: World, story: list[Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = Snapshot.objects.create(organization=world.organization, as_of=timezone.now(), trigger="schedule")
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours, state=AccountSweep.State.DONE)
    end = finish.finish_snapshot

    def after_another(ours: Snapshot) -> bool:
        end(Snapshot.objects.get(pk=ours.pk))
        return end(ours)

    monkeypatch.setattr(finish, "finish_snapshot", after_another)

    assert not account_work.finish_snapshot(snapshot.pk)
    assert not django_rq.get_queue().get_jobs()
    snapshot.refresh_from_db()
    assert snapshot.state == Snapshot.State.COMPLETE


def test_what_is_on_one_outpost_is_known_from_the_list_of_all(world: World, client: Client) -> None:
    one = outpost_world.rack()
    another = replace(one, arn=f"{one.arn}-2", name="depot")
    outpost_world.record(world.ours, [one, another, outpost_world.site(), *outpost_world.others()])
    client.force_login(world.executive)
    warm_up.warm_up(world.organization)
    for number in ResourceRecord.objects.filter(type=outpost_world.OUTPOST).values_list("resource_id", flat=True):
        asked = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as found:
                assert client.get(reverse("outposts:detail", args=[number])).status_code == 200
            asked.append([each["sql"] for each in found])
        assert len(asked[0]) == len(asked[1])
