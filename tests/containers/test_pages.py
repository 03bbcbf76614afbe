"""The container pages: what they state, where figures lead, and their states."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from posture.history.models import Snapshot
from posture.pages.containers import ways
from posture.pages.containers.usage import Image
from tests.containers import resources as make
from tests.web.cases import ListPageCases
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db
HOSTILE = "</td><script>alert(1)</script>"


def page(client: Client, name: str = "containers:estate", args: tuple[str, ...] = (), **query: str) -> str:
    """Return a page."""
    return squeeze(client.get(reverse(name, args=args), query).content.decode())


def fill(world: World) -> None:
    """Record every way of running, and images of every state."""
    make.record(
        world.ours,
        make.service(),
        make.service("jobs", make.OLD, launch="EC2", of="shop-web:1.0", public=False),
        make.service("old", make.LOST, of="shop-web:0.9", public=False),
        make.service("proxy", "", of="public.ecr.aws/nginx/nginx:1.27"),
        make.function(),
        make.app_runner(),
        make.host(),
        make.repository(),
        *make.eks(),
        *make.balancer(),
        day=1,
    )
    Snapshot.objects.update(state=Snapshot.State.COMPLETE)


def test_the_worst_image_is_the_heading(world: World, client: Client) -> None:
    fill(world)
    client.force_login(world.owner)
    found = page(client)
    assert "A fixable critical runs in shop-web:2.14, and the internet reaches it</h1>" in found
    assert "openssl 3.0.11 to 3.0.15" in found
    assert "not read inside" in found
    assert "not seen from AWS" in found


def test_each_figure_leads_to_as_many_images(world: World, client: Client) -> None:
    fill(world)
    client.force_login(world.owner)
    text = client.get(reverse("containers:estate")).content.decode()
    rows = re.findall(r'<td class="pl-number"><a href="([^"]+)">(\d+)</a>', text)
    assert len(rows) >= 5
    heads = re.findall(r'<a href="([^"]*way=[^"]*)">(\d+) images?</a>', text)
    assert len(heads) >= 3
    for url, number in (*rows, *heads):
        there = client.get(html.unescape(url))
        assert len(there.context["table"].rows) == int(number), url


def test_every_layer_of_the_customers_has_a_state(world: World, client: Client) -> None:
    fill(world)
    client.force_login(world.owner)
    columns = client.get(reverse("containers:estate")).context["columns"]
    assert [each.way for each in columns] == [
        way for way in ways.WayOfRunning if way is not ways.WayOfRunning.ECS_MANAGED
    ]
    for column in columns:
        states = [cell.state for cell in column.cells]
        assert len(states) == len(ways.LayerId)
        owners = [cell.owner for cell in column.cells]
        assert [state == "aws" for state in states] == [owner is ways.LayerOwner.AWS for owner in owners]
        assert column.unmet + column.unknown <= len(column.yours)


def test_a_hole_in_what_was_pushed_last_is_none_of_what_runs(world: World, client: Client) -> None:
    newest = make.image(make.HOLED, "2.14", {"CRITICAL": 2})
    stored = make.repository(newest, make.image(make.CLEAN, "2.15", {}))
    make.record(world.ours, make.service(digest=make.CLEAN, of="shop-web:2.15"), stored)
    client.force_login(world.owner)
    (column,) = client.get(reverse("containers:estate")).context["columns"]
    assert {cell.layer: cell.state for cell in column.cells}[ways.LayerId.APPLICATION] == "met"


def test_a_refused_listing_is_said_and_hatched(world: World, client: Client) -> None:
    make.record(world.ours, gaps=[make.gap(ways.SERVICE)])
    Snapshot.objects.update(state=Snapshot.State.COMPLETE)
    client.force_login(world.owner)
    found = page(client)
    assert "There may be more." in found
    assert "could not be listed" in found
    assert "No containers run here" not in found


def test_nothing_is_an_empty_state(world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert "No data yet" in page(client)
    make.record(world.ours)
    Snapshot.objects.update(state=Snapshot.State.COMPLETE)
    assert "No containers run here</h1>" in page(client)


def test_an_image_names_what_runs_it_and_what_cures_it(world: World, client: Client) -> None:
    number = make.an_image(world)
    client.force_login(world.owner)
    found = page(client, "containers:image", (number,))
    assert "<strong>3.0.15</strong>" in found
    assert make.HOLED in found
    assert re.search(r">web</a>.*ECS on Fargate", found)


def test_a_past_date_does_not_claim_what_is_not_kept(world: World, client: Client) -> None:
    make.record(world.ours, make.service(), make.repository())
    make.record(world.ours, make.service(digest=make.CLEAN), make.repository(), day=4)
    client.force_login(world.owner)
    found = page(client, as_of=f"{make.AT:%Y-%m-%d}")
    assert "are not kept for past dates" in found
    assert "A fixable critical" not in found


def test_hostile_names_stay_text(world: World, client: Client) -> None:
    make.record(world.ours, make.service(HOSTILE, of=f"evil.example/{HOSTILE}:1"), make.repository(name=HOSTILE))
    client.force_login(world.owner)
    for name in ("containers:estate", "containers:images"):
        text = client.get(reverse(name)).content.decode()
        assert "<script>alert" not in text


def test_filters_narrow_the_images(world: World, client: Client) -> None:
    fill(world)
    client.force_login(world.owner)

    def names(**query: str) -> list[str]:
        found = client.get(reverse("containers:images"), query).context["table"].rows
        return [row.record.name for row in found]

    assert names(state="gone") == ["shop-web:0.9"]
    assert names(trait="public-registry") == ["nginx/nginx:1.27"]
    assert names(way="lambda") == ["shop-web:2.15"]
    assert names(q="jobs") == ["shop-web:1.0"]
    assert names(q="no such image") == []


def test_the_estate_takes_few_queries(
    world: World, client: Client, django_assert_max_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    client.force_login(world.admin)
    fill(world)
    page(client)
    more = [make.service(f"s-{number}", of=f"app-{number}:1") for number in range(40)]
    make.record(world.ours, *more, make.repository(), *make.eks(), *make.balancer(), day=2)
    cache.clear()
    with django_assert_max_num_queries(24):
        page(client)


class TestImages(ListPageCases):
    """The list of images, by the cases of all lists."""

    url = "/containers/images/"
    max_queries = 22

    def fill(self, world: World, size: int) -> None:
        for account, account_id in ((world.ours, make.OURS), (world.theirs, make.THEIRS)):
            of = [f"{account.name}-{number}:1" for number in range(size)]
            running = [
                make.service(f"s-{number}", f"sha256:{account_id}{number:052}", of=make.uri(name, account_id),
                             account_id=account_id)
                for number, name in enumerate(of)
            ]  # fmt: skip
            make.record(account, *running)

    def account_of(self, record: Image) -> Any:
        return record.workloads[0].account_pk


def test_images_before_the_first_sweep_are_not_none(world: World, client: Client) -> None:
    client.force_login(world.owner)
    found = page(client, "containers:images")
    assert "0 running images" not in found
    assert "No image matches." not in found
