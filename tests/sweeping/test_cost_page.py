"""The page of a sweep: when each account was swept, what was slow, and how much was spared."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from plotly import graph_objects

from accounts.models import AwsAccount
from posture.history.models import AccountSweep, Snapshot
from posture.sweeping import timeline
from tests.web.world import World

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)
State = AccountSweep.State


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def ended(world: World) -> Snapshot:
    """Record a complete sweep without parts."""
    return Snapshot.objects.create(
        organization=world.organization, as_of=NOW, started_at=NOW, ended_at=at(60), state="complete", trigger="person"
    )


def part(snapshot: Snapshot, account: AwsAccount, times: tuple[float, float, float], **fields: Any) -> AccountSweep:
    """Record one account's part, by the seconds at which it began, was swept and was recorded."""
    began, swept, done = (at(each) for each in times)
    told = {"state": State.DONE, "claimed_by": "host:1:abc"} | fields
    return AccountSweep.objects.create(
        snapshot=snapshot, account=account, started_at=began, swept_at=swept, ended_at=done, **told
    )


def test_each_account_has_its_row_while_they_are_few(world: World) -> None:
    snapshot = ended(world)
    part(snapshot, world.ours, (2, 12, 13))
    part(snapshot, world.theirs, (3, 4, 4), state=State.REFUSED)
    figure = timeline.timeline(snapshot, AccountSweep.objects.filter(snapshot=snapshot))
    assert figure
    graph_objects.Figure(data=figure.data, layout=figure.layout)
    spans = {trace["name"]: list(zip(trace["y"], trace["base"], trace["x"], strict=True)) for trace in figure.data}
    assert spans == {
        "Waited": [("payments", 0, 2), ("playground", 0, 3)],
        "Swept": [("payments", 2, 10)],
        "Could not be read": [("playground", 3, 1)],
        "Recorded": [("payments", 12, 1), ("playground", 4, 0)],
    }
    assert figure.rows[0] == ("payments", 2, 10, 1)


def test_many_accounts_share_the_rows_of_their_lanes(world: World) -> None:
    world.add_accounts(60)
    snapshot = ended(world)
    for number, account in enumerate(AwsAccount.objects.filter(name__startswith="a-").order_by("name")):
        start = (number // 4) * 100.0
        part(snapshot, account, (start, start + 90, start + 99), claimed_by=f"host:{number % 2}:{number}")
    figure = timeline.timeline(snapshot, AccountSweep.objects.filter(snapshot=snapshot))
    assert figure
    assert {label for trace in figure.data for label in trace["y"]} == {
        f"Worker {worker}, lane {lane}" for worker in (1, 2) for lane in (1, 2)
    }
    assert [row[1] for row in figure.rows] == [15, 15, 15, 15]
    assert figure.layout["xaxis"]["ticksuffix"] == " min"


def test_hostile_names_are_no_markup_in_the_chart(world: World) -> None:
    AwsAccount.objects.filter(pk=world.ours.pk).update(name="<b>x</b>")
    snapshot = ended(world)
    part(snapshot, world.ours, (0, 1, 2))
    figure = timeline.timeline(snapshot, AccountSweep.objects.filter(snapshot=snapshot))
    assert figure
    assert "<b>" not in str(figure.data)


def test_a_sweep_whose_times_were_not_kept_has_no_chart(world: World) -> None:
    snapshot = ended(world)
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours, state=State.DONE)
    assert timeline.timeline(snapshot, AccountSweep.objects.all()) is None


def test_the_page_says_what_was_slow_and_what_was_spared(world: World, client: Client) -> None:
    snapshot = ended(world)
    spent = {
        "by_service": {"iam": [40, 1, 0, 31.5], "ec2": [60, 2, 2, 9.0]},
        "by_region": {"us-east-1": [100, 3, 2, 40.5]},
    }
    part(snapshot, world.ours, (0, 50, 55), saved=25, calls={"iam:list_roles": 100}, **spent)
    part(snapshot, world.theirs, (0, 50, 55), by_service={"kms": [7, 0, 0, 777.0]}, by_region={"x": [7, 0, 0, 777.0]})
    client.force_login(world.owner)
    text = client.get(reverse("sweeping:detail", args=[snapshot.pk])).content.decode()
    assert "100 calls for the account in the middle, 100 for the account and region in the middle." in text
    assert "25 more (20 % of all) were spared" in text
    assert text.index("iam<svg") < text.index("ec2<svg"), "the slowest comes first"
    assert "32 s" in text
    assert "150 ms" in text
    assert "kms" not in text, "another's account is no business of the owner's"
    assert 'id="timeline"' in text
    assert "playground" not in text


def test_a_sweep_without_costs_says_nothing_of_them(world: World, client: Client) -> None:
    snapshot = ended(world)
    part(snapshot, world.ours, (0, 50, 55))
    client.force_login(world.owner)
    page = client.get(reverse("sweeping:detail", args=[snapshot.pk])).content.decode()
    assert "Slowest services and regions" not in page


def test_a_running_sweep_says_how_long_it_still_takes_and_by_what(world: World, client: Client) -> None:
    before = ended(world)
    part(before, world.ours, (0, 590, 600))
    running = Snapshot.objects.create(organization=world.organization, as_of=at(3600), trigger="person")
    AccountSweep.objects.create(
        snapshot=running, account=world.ours, state=State.RUNNING, started_at=timezone.now(), claimed_by="host:1:x"
    )
    client.force_login(world.admin)
    for name in ("detail", "live"):
        text = client.get(reverse(f"sweeping:{name}", args=[running.pk])).content.decode()
        assert "7 to 13 minutes" in text
        assert "by earlier timings of 1 account left, 1 at a time" in text


def test_more_accounts_take_no_more_queries(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    world.add_accounts(60)
    snapshot = ended(world)
    for account in AwsAccount.objects.filter(name__startswith="a-"):
        part(snapshot, account, (0, 1, 2), by_service={"ec2": [1, 0, 0, 1.0]}, by_region={"x": [1, 0, 0, 1.0]})
    client.force_login(world.executive)
    with django_assert_max_num_queries(28):
        client.get(reverse("sweeping:detail", args=[snapshot.pk]))
