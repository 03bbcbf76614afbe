"""Route tables: which one a subnet follows, and how far it leads."""

from __future__ import annotations

from typing import Any

import pytest

from posture.core.check import beside
from posture.core.resource import Resource
from posture.core.routing import Reach, internet_route, reach_of, table_of

LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
IGW = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}
EGRESS = {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}
SOME = {"DestinationCidrBlock": "198.51.100.0/24", "GatewayId": "igw-1", "State": "active"}


@pytest.mark.parametrize(
    ("routes", "reach"),
    [
        ([LOCAL, IGW], Reach.PUBLIC),
        ([LOCAL, SOME], Reach.PUBLIC),
        ([LOCAL, NAT], Reach.PRIVATE),
        ([LOCAL, EGRESS], Reach.PRIVATE),
        ([LOCAL], Reach.ISOLATED),
        ([LOCAL, {**IGW, "State": "blackhole"}], Reach.ISOLATED),
    ],
)
def test_reach(routes: list[dict[str, Any]], reach: Reach) -> None:
    assert reach_of(routes) is reach


def test_the_default_route_to_the_internet_is_found() -> None:
    assert internet_route([LOCAL, IGW]) == 1
    assert internet_route([LOCAL, SOME, NAT]) is None


def test_a_subnet_follows_its_own_table_else_the_main_one_of_its_vpc() -> None:
    def table(vpc: str, association: dict[str, Any]) -> Resource:
        return beside("AWS::EC2::RouteTable", {"VpcId": vpc, "Associations": [association]}, name=vpc)

    own, main = table("vpc-1", {"Main": False, "SubnetId": "subnet-1"}), table("vpc-1", {"Main": True})
    other = table("vpc-2", {"Main": True})
    subnets = [beside("AWS::EC2::Subnet", {"SubnetId": name, "VpcId": "vpc-1"}) for name in ("subnet-1", "subnet-2")]
    assert table_of(subnets[0], [main, other, own]) is own
    assert table_of(subnets[1], [own, other, main]) is main
    assert table_of(subnets[1], [own, other]) is None
