"""Network pages show what is reached and why; what is unseen is never closed."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posture.core.gap import Gap, GapReason
from posture.core.values import Unknown
from posture.history.models import ResourceRecord
from tests.network.resources import a_vpc, record
from tests.network.test_vpc_analysis import OFFICE, parts
from tests.web.world import World

pytestmark = pytest.mark.django_db


def test_the_list_counts_what_is_reached(world: World, client: Client) -> None:
    """One public subnet, one interface reached."""
    a_vpc(world)
    client.force_login(world.owner)
    page = client.get(reverse("network:vpcs")).content.decode()
    assert "1 interface" in page
    assert "vpc/vpc-1" in page


def test_a_vpc_shows_the_chain(world: World, client: Client) -> None:
    """Each link is named."""
    client.force_login(world.owner)
    page = client.get(reverse("network:vpc", args=[a_vpc(world)])).content.decode()
    for link in ("eni-1 has 203.0.113.7", "rtb-1 sends 0.0.0.0/0 to igw-1", "acl-1 allows port 22", "on tcp/22"):
        assert link in page


def test_a_gap_is_shown_and_nothing_counts_as_closed(world: World, client: Client) -> None:
    """Refused route tables are shown as not seen, and not as unreachable."""
    kind = "AWS::EC2::RouteTable"
    gap = Gap(world.ours.account_id, "eu-central-1", kind, "ec2:DescribeRouteTables", GapReason.DENIED, "AccessDenied")
    record(world.ours, [one for one in parts() if one.type != kind], (gap,))
    client.force_login(world.owner)
    page = client.get(reverse("network:vpcs")).content.decode()
    assert "1 unknown" in page
    assert "nothing</td>" not in page


def test_more_vpcs_take_no_more_queries(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    """The list draws a whole page at once."""
    one, *rest = parts()
    more = [dataclasses.replace(one, arn=f"{one.arn}{number}", name=f"vpc-{number}") for number in range(30)]
    record(world.ours, [one, *more, *rest])
    client.force_login(world.owner)
    with django_assert_max_num_queries(24):
        client.get(reverse("network:vpcs"))


def test_a_refused_way_is_shown_with_the_link_that_stops_it(world: World, client: Client) -> None:
    """The picture and the table name the security group."""
    record(world.ours, parts(rules=(OFFICE,)))
    client.force_login(world.owner)
    resource_id = ResourceRecord.objects.get(account=world.ours, type="AWS::EC2::VPC").resource_id
    page = client.get(reverse("network:vpc", args=[resource_id])).content.decode()
    assert "pl-vpc-plug" in page
    assert "sg-1 allows 198.51.100.0/24" in page
    assert "The internet reaches nothing in vpc/vpc-1" in page


def test_ties_that_could_not_be_listed_are_hatched(world: World, client: Client) -> None:
    """Peerings that were refused are no peerings that are missing."""
    kind = "AWS::EC2::VPCPeeringConnection"
    gap = Gap(world.ours.account_id, "eu-central-1", kind, "ec2:DescribeVpcPeering", GapReason.DENIED, "AccessDenied")
    record(world.ours, parts(), (gap,))
    client.force_login(world.owner)
    resource_id = ResourceRecord.objects.get(account=world.ours, type="AWS::EC2::VPC").resource_id
    page = client.get(reverse("network:vpc", args=[resource_id])).content.decode()
    assert "Peerings: could not be listed" in page


def exported(client: Client) -> list[dict[str, Any]]:
    """Return the rows of the list as JSON."""
    response = client.get(reverse("network:vpcs"), {"export": "json"})
    rows: list[dict[str, Any]] = json.loads(response.getvalue())
    return rows


@pytest.mark.parametrize(
    ("kind", "public", "reached"),
    [
        ("AWS::EC2::Subnet", "unknown", "unknown"),
        ("AWS::EC2::RouteTable", "0; 1 unknown", "unknown"),
        ("AWS::EC2::SecurityGroup", 1, "unknown"),
    ],
)
def test_what_was_refused_is_exported_as_unknown(
    kind: str, public: Any, reached: str, world: World, client: Client
) -> None:
    """A gap is no zero, and no “nothing”."""
    gap = Gap(world.ours.account_id, "eu-central-1", kind, "ec2:Describe", GapReason.DENIED, "AccessDenied")
    record(world.ours, [one for one in parts() if one.type != kind], (gap,))
    client.force_login(world.owner)
    (row,) = exported(client)
    assert (row["public"], row["reached"]) == (public, reached)


def test_rules_that_could_not_be_read_are_exported_as_unknown(world: World, client: Client) -> None:
    record(world.ours, parts(rules=Unknown("ec2:DescribeSecurityGroups", "AccessDenied", GapReason.DENIED)))
    client.force_login(world.owner)
    (row,) = exported(client)
    assert (row["public"], row["reached"]) == (1, "unknown")


def test_subnets_that_could_not_be_listed_are_not_counted_as_none(world: World, client: Client) -> None:
    kind = "AWS::EC2::Subnet"
    gap = Gap(world.ours.account_id, "eu-central-1", kind, "ec2:DescribeSubnets", GapReason.DENIED, "AccessDenied")
    record(world.ours, [one for one in parts() if one.type != kind], (gap,))
    client.force_login(world.owner)
    page = client.get(reverse("network:vpcs")).content.decode()
    assert page.count("Unknown") >= 3
    assert ">0</td>" not in page


def test_an_odd_rule_does_not_break_the_list(world: World, client: Client) -> None:
    record(
        world.ours, parts(rules=({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "abc"}]},))
    )
    client.force_login(world.owner)
    page = client.get(reverse("network:vpcs"))
    assert page.status_code == 200
    assert "Unknown" in page.content.decode()
