"""The inventory's pages say what is there, what it is tied to, and what could not be seen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posture.core.resource import Resource
from posture.history.models import ResourceRecord, Snapshot
from tests.history.world import sweep
from tests.web.story import VOLUME
from tests.web.world import World

pytestmark = pytest.mark.django_db


def page(client: Client, world: World, name: str, persona: str = "executive", **query: Any) -> str:
    """Return one of the pages as a persona sees it."""
    user = world.person(persona)
    assert user
    client.force_login(user)
    kwargs = {"resource_id": query.pop("resource_id")} if "resource_id" in query else None
    response = client.get(reverse(f"inventory:{name}", kwargs=kwargs), query)
    assert response.status_code == 200, response.status_code
    return b"".join(response).decode() if response.streaming else response.content.decode()


def resource_id(name: str) -> int:
    """Return the id of a current resource by its name."""
    return ResourceRecord.objects.get(name=name, valid_to=None).resource_id


def test_types_are_counted_and_a_gap_is_no_zero(world: World, story: list[Snapshot], client: Client) -> None:
    html = page(client, world, "types")
    assert "4 resources of 1 type" in html
    assert "not listed in 1 account-region" in html
    listed = html.index("Types without a resource")
    assert "EBS snapshots" not in html[listed:]
    assert "S3 buckets" in html[listed:]


def test_the_table_has_the_declared_columns(world: World, story: list[Snapshot], client: Client) -> None:
    html = page(client, world, "table", type=VOLUME)
    for words in ("Size (GiB)", "Encrypted", "vol-1", "payments"):
        assert words in html


def test_the_table_exports_what_is_filtered(world: World, story: list[Snapshot], client: Client) -> None:
    rows = page(client, world, "table", type=VOLUME, within=world.theirs.account_id, export="csv").splitlines()
    assert len(rows) == 2
    assert "vol-9" in rows[1]
    assert "<a" not in rows[1]


def test_without_a_type_the_types_are_offered(world: World, client: Client) -> None:
    client.force_login(world.executive)
    response = client.get(reverse("inventory:table"))
    assert response.headers["Location"] == reverse("inventory:types")


def test_a_resource_shows_what_is_wrong_and_where(world: World, story: list[Snapshot], client: Client) -> None:
    html = page(client, world, "resource", resource_id=resource_id("vol-3"))
    assert "The volume is not encrypted." in html
    assert 'class="pl-decides"' in html


def test_two_versions_are_compared_path_by_path(world: World, story: list[Snapshot], client: Client) -> None:
    html = page(client, world, "resource", resource_id=resource_id("vol-1"))
    assert '<code class="pl-was">false</code>' in html
    assert '<code class="pl-is">true</code>' in html
    assert "Resolved: EBS volume is not encrypted" in html


def test_the_past_is_shown_as_it_was(world: World, story: list[Snapshot], client: Client) -> None:
    then = story[0].as_of.isoformat()
    html = page(client, world, "resource", resource_id=resource_id("vol-1"), as_of=then)
    assert "The volume is not encrypted." in html
    assert "Resolved" not in html
    assert "pl-was" not in html


def test_a_search_finds_names_accounts_and_checks(world: World, story: list[Snapshot], client: Client) -> None:
    assert "4 resources" in page(client, world, "search", q="vol-")
    assert "2 resources" not in page(client, world, "search", "owner", q="vol-9")
    assert "222222222222" in page(client, world, "search", q="payments")
    assert "EBS volume is encrypted" in page(client, world, "search", q="volume encrypted")
    assert "EBS volume is encrypted" in page(client, world, "search", q="volume not encrypted")


def test_a_search_for_one_thing_opens_it(world: World, story: list[Snapshot], client: Client) -> None:
    client.force_login(world.executive)
    response = client.get(reverse("inventory:search"), {"q": "vol-9"})
    assert response.headers["Location"] == reverse("inventory:resource", args=[resource_id("vol-9")])
    client.force_login(world.owner)
    assert client.get(reverse("inventory:search"), {"q": "vol-9"}).status_code == 200


def test_a_large_configuration_is_shown_in_parts(world: World, client: Client) -> None:
    """A policy of thousands of lines is paged, and each part leads to the others and to what decides."""
    policy = {"Statement": [{"Effect": "Allow", "Action": f"s3:{number}"} for number in range(1000)]}
    bucket = Resource("AWS::S3::Bucket", "arn:aws:s3:::big", "", "eu-central-1", "big", {"Policy": policy})
    sweep(world.ours, timezone.now(), [bucket], swept_types=["AWS::S3::Bucket"])
    pk = ResourceRecord.objects.get(name="big").resource_id
    client.force_login(world.owner)
    url = reverse("inventory:resource", args=[pk])
    first = client.get(url).content.decode()
    found = re.search(r"Lines 1 to 500 of (\d+)", first)
    assert found
    assert int(found[1]) >= 2002
    assert "s3:100" in first
    assert "s3:900" not in first
    assert f"{url}?line=501#config" in first
    last = client.get(url, {"line": "1900"}).content.decode()
    assert f"Lines 1900 to {found[1]} of {found[1]}" in last
    assert "s3:999" in last
