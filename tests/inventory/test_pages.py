"""Inventory pages: resources, relations, versions and gaps."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.history import query as history
from posture.history.models import ResourceRecord, Snapshot, StoredResource, Triage
from posture.history.scope import Scope
from tests.history.world import sweep
from tests.inventory.resources import made, record, tied
from tests.web.markup import squeeze
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
    return b"".join(response).decode() if response.streaming else squeeze(response.content.decode())


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
    """A policy of thousands of lines is paged; parts lead to others and to evidence."""
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


def test_types_say_how_many_resources_have_open_problems(world: World, story: list[Snapshot], client: Client) -> None:
    """As many as the list of findings has resources; two findings on one count once."""
    html = page(client, world, "types")
    failing = {
        one.resource_id
        for one in history.findings(Scope.of(world.executive, world.organization)).filter(status="fail")
        if one.triage not in Triage.SET_ASIDE
    }
    assert f"4 resources of 1 type, {len(failing)} with open problems" in html
    assert f"{len(failing)} failing</a>" in html


def test_a_type_that_could_not_be_listed_anywhere_is_unknown_and_no_zero(
    world: World, story: list[Snapshot], client: Client
) -> None:
    html = page(client, world, "types")
    unknown = html[html.index("could not be listed everywhere") :]
    assert "EBS snapshots</a> not listed in 1 account-region" in unknown


def test_a_resource_is_drawn_where_it_is(world: World, client: Client) -> None:
    record(world.ours, tied(world.ours))
    html = page(client, world, "resource", resource_id=resource_id("eni-1"))
    assert "In subnet-1, points to 1 other" in html
    drawing = html[html.index('class="pl-drawing pl-relations"') : html.index("As a list")]
    frames = re.findall(r"<title>In ([^<]+)</title>", drawing)
    assert frames[:3] == ["Account payments", "VPC vpc-1", "Subnet subnet-1"]
    assert "Security group ec2:security-group/sg-gone, not known here" in drawing
    whole = page(client, world, "resource", resource_id=resource_id("vpc-1"))
    assert "Holds 2 resources" in whole
    assert "<title>In it: eni-1 Network interface</title>" in whole


def test_what_aws_does_not_show_any_more_is_no_change(world: World, client: Client) -> None:
    """An unknown value is shown as unknown on either side, never as added or removed."""
    denied = Unknown("ec2:DescribeVpcAttribute", "AccessDenied", GapReason.DENIED)
    record(world.ours, [made(world.ours, "vpc", "vpc-1", VpcId="vpc-1", Dns=denied, CidrBlock="10.0.0.0/16")])
    record(world.ours, [made(world.ours, "vpc", "vpc-1", VpcId="vpc-1", Dns=True, CidrBlock="10.1.0.0/16")], at=1)
    html = page(client, world, "resource", resource_id=resource_id("vpc-1"))
    rows = dict(re.findall(r'pl-sides-row pl-sides-(\w+)".*?<code>(.*?)</code>', html, re.DOTALL))
    assert {kind: re.sub("<wbr>", "", path) for kind, path in rows.items()} == {"sight": "Dns", "changed": "CidrBlock"}
    row = html[html.index("pl-sides-sight") :]
    row = row[: row.index("pl-sides-row") if "pl-sides-row" in row else row.index("</section>")]
    assert 'class="pl-same"' in row
    assert "pl-is" not in row


def test_a_deleted_resource_is_said_to_be(world: World, client: Client) -> None:
    record(world.ours, tied(world.ours))
    for number in (1, 2):
        record(world.ours, [], at=number)
    pk = StoredResource.objects.get(account=world.ours, name="eni-1").pk
    html = page(client, world, "resource", resource_id=pk)
    assert "</svg>Deleted</span>" in html
    assert "What follows is how it was." in html


def test_a_search_shows_each_type_with_its_number(world: World, client: Client) -> None:
    record(world.ours, [made(world.ours, "vpc", f"vpc-{n}", VpcId=f"vpc-{n}") for n in range(9)])
    html = page(client, world, "search", q="vpc")
    assert ">9 VPCs</a>" in html
    assert "<summary>4 more</summary>" in html
