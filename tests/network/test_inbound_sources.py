"""Inbound sources need a rule and a route; what could not be read is not closed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posture.core.gap import Gap, GapReason
from posture.core.related import Neighbourhood
from posture.core.values import Unknown
from posture.pages.network import charts, inbound_sources
from posture.pages.network.inbound_sources import INTERNET, OWN, Reach, Source, Sources
from posture.pages.network.vpc_analysis import analyze
from tests.network.resources import a_vpc
from tests.network.test_vpc_analysis import ACCOUNT, OFFICE, REGION, SSH, TO_INTERNET, parts
from tests.web.world import World

VPC = {"CidrBlock": "10.20.0.0/16"}
TO_HUB = {"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-1", "State": "active"}
TO_PEER = {"DestinationCidrBlock": "10.30.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "active"}
INSIDE = {"Association": None}


def rule(source: str, port: int = 5432) -> dict[str, Any]:
    """Let a source in on a port."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}]}


def found(*, gaps: tuple[str, ...] = (), **changes: Any) -> Sources:
    """Return who reaches the one interface."""
    made = parts(vpc=VPC, **changes)
    refused = [Gap(ACCOUNT, REGION, kind, "ec2:Describe", GapReason.DENIED, "AccessDenied") for kind in gaps]
    around = Neighbourhood([one for one in made if one.type not in gaps], refused)
    return inbound_sources.sources(analyze(made[0], around), around)


def reached(**changes: Any) -> list[tuple[str, str, Reach]]:
    """Return from where, through what, and whether."""
    return [(one.source, one.through, one.reach) for one in found(**changes).found]


def test_a_range_gets_in_where_a_route_leads_to_it() -> None:
    routes = (TO_INTERNET, TO_HUB, TO_PEER)
    assert reached(rules=(rule("10.30.4.0/24"),), routes=routes) == [
        ("10.30.4.0/24", "peering pcx-1", Reach.OPEN),
        ("10.30.4.0/24", "transit gateway tgw-1", Reach.OPEN),
    ]
    assert reached(rules=(rule("10.99.0.0/16"),), routes=(TO_PEER,)) == [("10.99.0.0/16", "", Reach.NO_ROUTE)]
    blackhole = {**TO_PEER, "State": "blackhole"}
    assert reached(rules=(rule("10.30.4.0/24"),), routes=(blackhole,)) == [("10.30.4.0/24", "", Reach.NO_ROUTE)]


def test_a_rule_for_everyone_lets_in_the_networks_behind_the_routes() -> None:
    assert reached(rules=(SSH,), routes=(TO_HUB,), interface=INSIDE) == [
        ("0.0.0.0/0", "transit gateway tgw-1", Reach.OPEN)
    ]
    assert reached(rules=(SSH,), routes=(TO_INTERNET,)) == [], "the internet is what the picture is about"


def test_an_office_gets_in_through_the_internet_where_there_is_an_address() -> None:
    assert reached(rules=(OFFICE,)) == [("198.51.100.0/24", INTERNET, Reach.OPEN)]
    assert reached(rules=(OFFICE,), interface=INSIDE) == [("198.51.100.0/24", "", Reach.NO_ROUTE)]


def test_the_vpc_itself_and_members_of_groups_come_from_inside() -> None:
    members = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-9"}]}
    made = found(rules=(rule("10.20.1.0/24"), members))
    assert {(one.source, one.through) for one in made.found} == {("10.20.1.0/24", OWN), ("members of sg-9", OWN)}
    assert made.others == []


def test_what_could_not_be_read_is_unknown() -> None:
    unread = Unknown("ec2:DescribeSecurityGroups", "AccessDenied", GapReason.DENIED)
    assert reached(rules=unread) == [("rules that could not be read", "", Reach.UNKNOWN)]
    from_list = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-9"}]}
    assert reached(rules=(from_list,)) == [("a prefix list that could not be read", "", Reach.UNKNOWN)]
    assert reached(rules=(rule("10.30.4.0/24"),), routes=unread) == [("10.30.4.0/24", "", Reach.UNKNOWN)]
    for kind in ("AWS::EC2::SecurityGroup", "AWS::EC2::RouteTable", "AWS::EC2::NetworkInterface"):
        made = found(gaps=(kind,))
        assert made.unread
        assert charts.sources_title(made) == "Other sources are unknown"


def test_odd_rules_break_nothing() -> None:
    assert found(rules=({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "abc"}]},)).found[0].reach is Reach.UNKNOWN
    odd = {"IpProtocol": "tcp", "FromPort": "x", "UserIdGroupPairs": [{"GroupId": "sg-9"}]}
    assert found(rules=(odd,)).found[0].reach is Reach.UNKNOWN
    assert found(interface={**INSIDE, "Groups": "x"}).unread


def test_much_runs_out_of_time_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound_sources, "SECONDS", 0.05)
    many = tuple(rule(f"10.{one // 250}.{one % 250}.0/24") for one in range(5000))
    assert "too long" in found(rules=many, routes=tuple(TO_PEER for _ in range(200))).unread


def test_the_title_is_the_point() -> None:
    one = Source("10.30.0.0/16", "peering pcx-1", "tcp/22", Reach.OPEN, ("sg-1",), 2)
    unknown = Source("a prefix list that could not be read", "", "tcp/22", Reach.UNKNOWN, ("sg-1",), 2)
    assert charts.sources_title(Sources()) == "No source other than the internet can reach it"
    assert charts.sources_title(Sources((one, unknown))) == (
        "1 other source can reach it through peering pcx-1, and 1 rule could not be followed"
    )


@pytest.mark.django_db
def test_the_page_lists_them(world: World, client: Client) -> None:
    resource_id = a_vpc(world)
    client.force_login(world.owner)
    text = client.get(reverse("network:vpc", args=[resource_id])).content.decode()
    assert "No source other than the internet can reach it" in text
