"""Routes: where each leads, and by what."""

from __future__ import annotations

from posture.core.routing import destination, internet_route, target

LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
IGW = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}
SOME = {"DestinationCidrBlock": "198.51.100.0/24", "GatewayId": "igw-1", "State": "active"}


def test_a_destination_may_be_of_either_family_or_a_prefix_list() -> None:
    assert destination({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}) == "::/0"
    assert destination({"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}) == "pl-1"
    assert destination({}) == ""


def test_a_target_is_named_whatever_it_is() -> None:
    assert [target(route) for route in (LOCAL, IGW, NAT, {})] == ["local", "igw-1", "nat-1", ""]


def test_the_default_route_to_the_internet_is_found() -> None:
    assert internet_route([LOCAL, IGW]) == 1
    assert internet_route([LOCAL, SOME, NAT]) is None
    assert internet_route([{"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"}]) == 0
