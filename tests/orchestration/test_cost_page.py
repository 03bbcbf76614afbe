"""The page of a sweep: when each account was swept, what was slow.

How much was spared.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AwsAccount
from posture.history.models import AccountSweep, Snapshot
from tests.web.markup import squeeze
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
    """Record one account's part by its start, sweep and end in seconds."""
    began, swept, done = (at(each) for each in times)
    values = {"state": State.DONE, "claimed_by": "host:1:abc"} | fields
    return AccountSweep.objects.create(
        snapshot=snapshot, account=account, started_at=began, swept_at=swept, ended_at=done, **values
    )


def page_of(client: Client, snapshot: Snapshot) -> str:
    response = client.get(reverse("sweeps:detail", args=[snapshot.pk]))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_each_account_has_its_bar_while_they_are_few(world: World, client: Client) -> None:
    snapshot = ended(world)
    part(snapshot, world.ours, (2, 12, 13))
    part(snapshot, world.theirs, (3, 4, 4), state=State.REFUSED, reason="sts:AssumeRole was denied.", attempt=2)
    client.force_login(world.executive)
    text = page_of(client, snapshot)
    assert "1 of 2 accounts were read; playground could not be" in text
    picture = text.split("pl-timeline-picture")[1].split("</svg>")[0]
    assert "payments (222222222222): 11 s" in picture
    assert "playground (333333333333): role refused, attempt 2. sts:AssumeRole was denied." in picture
    assert 'href="#failed"' in picture
    assert text.count("pl-timeline-retry") >= 1
    assert '<td class="pl-number">11.0</td>' in text, "the same numbers are in the table"


def test_the_slowest_account_is_named_where_it_takes_most_of_the_time(world: World, client: Client) -> None:
    snapshot = ended(world)
    part(snapshot, world.ours, (0, 44, 45))
    part(snapshot, world.theirs, (0, 5, 6))
    client.force_login(world.executive)
    assert "payments took 45 s, 75 % of the sweep" in page_of(client, snapshot)


def test_of_many_accounts_the_slowest_and_the_unread_are_named(world: World, client: Client) -> None:
    world.add_accounts(60)
    snapshot = ended(world)
    for number, account in enumerate(AwsAccount.objects.filter(name__startswith="a-").order_by("name")):
        start, state = (number // 4) * 3.0, State.FAILED if number == 59 else State.DONE
        part(snapshot, account, (start, start + 2, start + 2.5 + number / 100), state=state)
    client.force_login(world.executive)
    picture = page_of(client, snapshot).split("pl-timeline-picture")[1].split("</svg>")[0]
    assert "Slowest (and 51 more)" in picture
    assert picture.count("pl-timeline-name") == 9
    names = re.findall(r'pl-timeline-(?:name|heading)">([^<]+)', picture)
    assert names[:4] == ["Could not be read", "a-059", "Slowest (and 51 more)", "a-058"]
    assert "a-010" not in picture


def test_hostile_names_are_no_markup_in_the_picture(world: World, client: Client) -> None:
    AwsAccount.objects.filter(pk=world.ours.pk).update(name="<b>x</b>")
    snapshot = ended(world)
    part(snapshot, world.ours, (0, 1, 2))
    client.force_login(world.executive)
    assert "<b>x" not in page_of(client, snapshot)


def test_a_sweep_whose_times_were_not_kept_has_no_picture(world: World, client: Client) -> None:
    snapshot = ended(world)
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours, state=State.DONE)
    client.force_login(world.executive)
    assert "pl-timeline-picture" not in page_of(client, snapshot)


def test_accounts_that_failed_for_one_reason_are_one_row(world: World, client: Client) -> None:
    world.add_accounts(40)
    snapshot = ended(world)
    for account in AwsAccount.objects.filter(name__startswith="a-"):
        part(snapshot, account, (0, 1, 2), state=State.REFUSED, reason="Deploy the role.")
    client.force_login(world.executive)
    text = page_of(client, snapshot)
    assert text.count('pl-failure"') == 1
    assert "28 more accounts" in text


def test_the_list_draws_how_long_sweeps_took_and_what_they_read(world: World, client: Client) -> None:
    client.force_login(world.executive)
    first = ended(world)
    part(first, world.ours, (0, 1, 2))
    assert "pl-durations" not in client.get(reverse("sweeps:list")).content.decode(), "one compares with nothing"
    second = Snapshot.objects.create(
        organization=world.organization, as_of=at(-900), started_at=at(-900), ended_at=at(-780), state="complete",
        trigger="person",
    )  # fmt: skip
    part(second, world.ours, (-900, -899, -898))
    part(second, world.theirs, (-900, -899, -898), state=State.REFUSED)
    text = client.get(reverse("sweeps:list")).content.decode()
    assert "1 of the last 2 sweeps read every account" in text
    assert "complete in 2 min 00 s, 1 read, 1 refused" in text
    assert "1 min 00 s of at most 2 min 00 s" in text


def test_the_page_says_what_was_slow_and_what_was_spared(world: World, client: Client) -> None:
    snapshot = ended(world)
    spent = {
        "by_service": {"iam": [40, 1, 0, 31.5], "ec2": [60, 2, 2, 9.0]},
        "by_region": {"us-east-1": [100, 3, 2, 40.5]},
    }
    part(snapshot, world.ours, (0, 50, 55), saved=25, calls={"iam:list_roles": 100}, **spent)
    part(snapshot, world.theirs, (0, 50, 55), by_service={"kms": [7, 0, 0, 777.0]}, by_region={"x": [7, 0, 0, 777.0]})
    client.force_login(world.owner)
    text = squeeze(client.get(reverse("sweeps:detail", args=[snapshot.pk])).content.decode())
    assert "Median 100 calls for an account, 100 for an account in a region." in text
    assert "25 more (20 % of all) were saved" in text
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
    page = client.get(reverse("sweeps:detail", args=[snapshot.pk])).content.decode()
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
        text = client.get(reverse(f"sweeps:{name}", args=[running.pk])).content.decode()
        assert "7 to 13 minutes" in text
        assert "by earlier timings of 1 account left, 1 at a time" in text


def test_accounts_take_at_most_28_queries(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    world.add_accounts(60)
    snapshot = ended(world)
    for account in AwsAccount.objects.filter(name__startswith="a-"):
        part(snapshot, account, (0, 1, 2), by_service={"ec2": [1, 0, 0, 1.0]}, by_region={"x": [1, 0, 0, 1.0]})
    client.force_login(world.executive)
    with django_assert_max_num_queries(28):
        client.get(reverse("sweeps:detail", args=[snapshot.pk]))
