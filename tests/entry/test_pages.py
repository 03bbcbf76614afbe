"""The page of entry points: what it states, where marks lead, and its states."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posture.history.models import Snapshot
from posture.pages.entry import kinds
from tests.entry import resources as make
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db
HOSTILE = "</td><script>alert(1)</script>"


def page(client: Client, **query: str) -> str:
    """Return the page."""
    return squeeze(client.get(reverse("entry:doors"), query).content.decode())


def complete() -> None:
    """Let the sweeps be over."""
    Snapshot.objects.update(state=Snapshot.State.COMPLETE)


def fill(world: World) -> None:
    """Record doors of several kinds and states."""
    record = (make.balancer(waf=False), make.function("open"), make.function("asks", "AWS_IAM"))
    make.record(world.ours, *record, make.instance(), make.group(), make.certificate("2026-05-20T00:00:00Z"))


def test_the_title_counts_doors_and_what_lets_anyone_in(world: World, client: Client) -> None:
    fill(world)
    client.force_login(world.owner)
    found = page(client)
    assert "4 doors face the internet; 2 let anyone in" in found
    assert "1 fails a guard, 1 is as meant." in found
    assert "1 certificate has ended" in found
    assert "nothing is probed" in found


def test_each_mark_leads_to_the_list_that_it_counts(world: World, client: Client) -> None:
    fill(world)
    client.force_login(world.owner)
    found = page(client)
    bars = re.findall(r'href="([^"]*guard=[^"]*)#list"[^>]*><title>[^<]*: (\d+) doors?</title>', found)
    assert len(bars) >= 8
    tabs = re.findall(r'<nav class="pl-tabs".*?</nav>', found)[0]
    links = re.findall(r'href="([^"]*)#list"[^>]*>[^<]*<span class="pl-quiet">(\d+)', tabs)
    assert len(links) >= 3
    for url, number in (*bars, *links):
        there = squeeze(client.get(html.unescape(url)).content.decode())
        noun = "door" if number == "1" else "doors"
        assert re.search(rf'<h2 id="list">\s*{number} {noun}', there), url


def test_filters_and_search_narrow_the_list(world: World, client: Client) -> None:
    fill(world)
    client.force_login(world.owner)
    assert '<h2 id="list"> 2 doors: lets anyone in </h2>' in page(client, state="open")
    assert "1 door: “shop”" in page(client, q="shop")
    assert "No door matches." in page(client, q="nothing-like-it")


def test_nothing_is_an_empty_state(world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert "No data yet" in page(client)
    make.record(world.ours)
    complete()
    found = page(client)
    assert "No door faces the internet</h1>" in found
    assert "There may be more doors" not in found


def test_nothing_with_gaps_is_as_far_as_it_was_read(world: World, client: Client) -> None:
    make.record(world.ours, gaps=[make.gap(kinds.BALANCER)])
    complete()
    client.force_login(world.owner)
    found = page(client)
    assert "No door faces the internet, as far as it was read" in found
    assert "There may be more doors" in found
    assert "Load balancers: not everything could be listed" in found


def test_an_owner_sees_no_door_of_others(world: World, client: Client) -> None:
    make.record(world.ours, make.function("payroll"))
    client.force_login(world.stranger)
    assert "payroll" not in page(client)


def test_names_of_aws_stay_text(world: World, client: Client) -> None:
    make.record(world.ours, make.function(HOSTILE), make.balancer(HOSTILE))
    client.force_login(world.owner)
    found = page(client)
    assert "<script>alert" not in found
    assert "alert(1)" in found


def test_many_accounts_are_drawn_by_unit(world: World, client: Client) -> None:
    from accounts.models import AwsAccount

    world.add_accounts(20)
    for number, account in enumerate(AwsAccount.objects.filter(organization=world.organization)):
        make.record(account, make.function(f"open-{number}"))
    client.force_login(world.executive)
    found = page(client)
    assert "Sandbox, function URLs: 21, 21 let anyone in" in found
    assert f"ou={world.sandbox.ou_id}" in found
    assert "17 more, 17 of them let anyone in" in found
    assert "22 doors face the internet; 22 let anyone in" in found


def test_more_doors_take_no_more_queries(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    some = [make.function(f"f-{number}") for number in range(40)]
    make.record(world.ours, make.balancer(), make.instance(), make.group(), make.http_api(), make.http_stage(), *some)
    client.force_login(world.owner)
    with django_assert_max_num_queries(26):
        client.get(reverse("entry:doors"))


def test_the_table_of_the_doors_is_a_file(world: World, client: Client) -> None:
    fill(world)
    client.force_login(world.owner)
    response = client.get(reverse("entry:doors"), {"picture": "doors", "export": "csv"})
    rows = response.content.decode().splitlines()
    assert len(rows) == 5
    assert rows[0].startswith("Door,Kind,Address")
