"""Relations and search, within what a person may see."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posture.core.gap import GapReason
from posture.core.values import Unknown
from posture.history import query
from posture.history.models import ResourceRecord
from posture.history.scope import Scope
from posture.pages.inventory import relations, search
from posture.pages.inventory.search_terms import matching
from tests.inventory.resources import made, record, tied
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(world: World) -> Scope:
    """The whole world, with related resources in the owner's and stranger's accounts."""
    record(world.ours, tied(world.ours))
    record(world.theirs, tied(world.theirs))
    return Scope.of(world.executive, world.organization)


def one(scope: Scope, world: World, name: str) -> ResourceRecord:
    """Return a resource of the owner's account by name."""
    return query.resources(scope).get(account=world.ours, name=name)


def test_an_interface_points_to_where_it_is(scope: Scope, world: World) -> None:
    interface = one(scope, world, "eni-1")
    found = {target.arn.rsplit("/", 1)[-1]: target.record for target in relations.targets(scope, interface)}
    assert found["subnet-1"] is not None
    assert found["subnet-1"].account_id == world.ours.pk
    assert found["sg-gone"] is None


def test_a_vpc_knows_what_points_to_it_in_its_own_account(scope: Scope, world: World) -> None:
    pointing = relations.pointing(scope, one(scope, world, "vpc-1"))
    assert [group.words for group in pointing.groups] == ["1 Network interface", "1 Subnet"]
    assert not pointing.is_partial


def test_too_much_to_look_through_is_said(scope: Scope, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "SEARCHED_MAX", 1)
    assert relations.pointing(scope, one(scope, world, "vpc-1")).is_partial


def test_an_address_is_found_where_it_is_and_in_what_holds_it(scope: Scope) -> None:
    results = search.find(scope, "10.0.1.7")
    whys = {found.why for found in results.resources}
    assert whys == {"has 10.0.1.7 as PrivateIpAddress", "contains 10.0.1.7 in 10.0.1.0/24"}
    assert results.number == 4


def test_an_owner_finds_what_is_theirs(scope: Scope, world: World) -> None:
    mine = Scope.of(world.owner, world.organization)
    assert search.find(mine, "10.0.1.7").number == 2
    assert [found.record.account_id for found in search.find(mine, "vpc").resources] == [world.ours.pk]
    assert search.find(mine, "playground").is_empty


def test_a_tag_is_found_by_key_and_value(scope: Scope) -> None:
    assert query.resources(scope).filter(matching("owner=Olga")).count() == 2
    assert query.resources(scope).filter(matching("owner=")).count() == 2
    assert query.resources(scope).filter(matching("owner=Otto")).count() == 0
    assert query.resources(scope).filter(matching("=")).count() == 0


def test_what_is_gone_is_found_and_shown_as_gone(scope: Scope, world: World, client: Client) -> None:
    for number in (1, 2):
        record(world.ours, [], at=number)
    results = search.find(scope, "eni-1")
    assert [one.resource.account_id for one in results.gone] == [world.ours.pk]
    assert [found.record.account_id for found in results.resources] == [world.theirs.pk]
    assert not search.find(Scope.of(world.stranger, world.organization), "eni-1").gone
    client.force_login(world.owner)
    assert "Resources that are gone" in client.get(reverse("inventory:search"), {"q": "eni-1"}).content.decode()


def test_the_unclassified_are_a_choice(scope: Scope, world: World, client: Client) -> None:
    labelled = made(world.ours, "subnet", "subnet-2", {"data-classification": "restricted"}, VpcId="v", CidrBlock="")
    record(world.ours, [*tied(world.ours), labelled], at=1)
    client.force_login(world.owner)
    url = reverse("inventory:table")
    whole = client.get(url, {"type": "AWS::EC2::Subnet"}).content.decode()
    assert "unclassified" in whole
    for level, there, not_there in (("none", "subnet-1", "subnet-2"), ("restricted", "subnet-2", "subnet-1")):
        rows = client.get(url, {"type": "AWS::EC2::Subnet", "data": level}).content.decode()
        assert f">{there}<" in rows
        assert f">{not_there}<" not in rows


def test_a_search_with_nothing_in_it_asks(world: World, client: Client) -> None:
    client.force_login(world.owner)
    page = squeeze(client.get(reverse("inventory:search"), {"q": " "}).content.decode())
    assert "<h1> Search </h1>" in page


def test_tags_that_could_not_be_read_are_unknown(world: World, client: Client) -> None:
    denied = Unknown("ec2:DescribeTags", "AccessDenied", GapReason.DENIED)
    record(world.ours, [made(world.ours, "vpc", "vpc-2", denied, VpcId="vpc-2")])
    client.force_login(world.owner)
    resource_id = ResourceRecord.objects.get(name="vpc-2").resource_id
    html = client.get(reverse("inventory:resource", args=[resource_id])).content.decode()
    assert "It has no tags" not in html
    assert "ec2:DescribeTags failed with AccessDenied" in html


def test_what_aws_supplied_is_escaped(world: World, client: Client) -> None:
    bad = "<script>alert(1)</script>"
    record(world.ours, [made(world.ours, "vpc", "vpc-3", {"x": bad}, VpcId="vpc-3", Note=bad)])
    client.force_login(world.owner)
    resource_id = ResourceRecord.objects.get(name="vpc-3").resource_id
    for url in (reverse("inventory:resource", args=[resource_id]), f"{reverse('inventory:search')}?q={bad}"):
        assert bad not in client.get(url).content.decode()


@pytest.mark.parametrize("name", ["types", "table", "search", "resource"])
def test_more_resources_take_no_more_queries(
    name: str, world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    many = [made(world.ours, "subnet", f"subnet-{n:03}", VpcId="vpc-1", CidrBlock="10.0.0.0/24") for n in range(60)]
    record(world.ours, [*tied(world.ours), *many])
    resource_id = ResourceRecord.objects.get(name="vpc-1").resource_id
    client.force_login(world.executive)
    url = reverse(f"inventory:{name}", args=[resource_id] if name == "resource" else [])
    with django_assert_max_num_queries(24):
        response = client.get(url, {"type": "AWS::EC2::Subnet", "q": "subnet-0"} if name != "resource" else {})
    assert response.status_code == 200


def test_the_past_has_no_later_versions(world: World, client: Client) -> None:
    record(world.ours, [made(world.ours, "vpc", "vpc-4", VpcId="vpc-4", Note="before")])
    record(world.ours, [made(world.ours, "vpc", "vpc-4", VpcId="vpc-4", Note="after")], at=5)
    resource_id = ResourceRecord.objects.filter(name="vpc-4")[0].resource_id
    client.force_login(world.owner)
    url = reverse("inventory:resource", args=[resource_id])
    assert 'class="pl-is">after<' in client.get(url).content.decode()
    then = squeeze(client.get(url, {"as_of": "2026-01-03"}).content.decode())
    assert "Note:</span> before" in then
    assert "after" not in then[then.index("<main") : then.index("</main")]


def test_a_resource_that_is_gone_is_shown_as_it_was(world: World, client: Client) -> None:
    record(world.ours, tied(world.ours))
    resource_id = ResourceRecord.objects.get(name="vpc-1").resource_id
    for number in (1, 2):
        record(world.ours, [], at=number)
    client.force_login(world.owner)
    html = client.get(reverse("inventory:resource", args=[resource_id])).content.decode()
    assert "What follows is how it was." in html
    assert "10.0.0.0/16" in html


def test_versions_of_another_resource_are_not_compared(world: World, client: Client) -> None:
    record(world.ours, tied(world.ours))
    record(world.theirs, tied(world.theirs))
    mine = ResourceRecord.objects.get(account=world.ours, name="vpc-1")
    foreign = ResourceRecord.objects.get(account=world.theirs, name="vpc-1")
    client.force_login(world.owner)
    url = reverse("inventory:resource", args=[mine.resource_id])
    html = client.get(url, {"a": foreign.id, "b": mine.id}).content.decode()
    assert world.theirs.account_id not in html
    assert "No changes since first seen" in html
    assert "pl-compare" not in html
