"""Routes: where each leads, and by what."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from posture.core.routing import destination, internet_route, target
from posture.core.values import Unknown, UnknownFieldError

REFUSED = Unknown("ec2:GetManagedPrefixListEntries", "UnauthorizedOperation", "denied")
LISTS: dict[str, Sequence[str] | Unknown] = {
    "pl-all": ["0.0.0.0/1", "128.0.0.0/1"],
    "pl-one": ["198.51.100.0/24"],
    "pl-six": ["::/0"],
    "pl-hidden": REFUSED,
}

LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
IGW = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}
ONE_ADDRESS_RANGE = {"DestinationCidrBlock": "198.51.100.0/24", "GatewayId": "igw-1", "State": "active"}


def test_a_destination_may_be_of_either_family_or_a_prefix_list() -> None:
    assert destination({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}) == "::/0"
    assert destination({"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}) == "pl-1"
    assert destination({}) == ""


def test_a_target_is_named_whatever_it_is() -> None:
    assert [target(route) for route in (LOCAL, IGW, NAT, {})] == ["local", "igw-1", "nat-1", ""]


def test_the_default_route_to_the_internet_is_found() -> None:
    assert internet_route([LOCAL, IGW], LISTS.__getitem__) == 1
    assert internet_route([LOCAL, ONE_ADDRESS_RANGE, NAT], LISTS.__getitem__) is None
    assert internet_route([{"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"}], LISTS.__getitem__) == 0
    assert internet_route([{**IGW, "State": "blackhole"}], LISTS.__getitem__) is None
    halves = [{**IGW, "DestinationCidrBlock": cidr} for cidr in ("0.0.0.0/1", "128.0.0.0/1")]
    assert internet_route(halves, LISTS.__getitem__) == 0


def test_a_route_of_one_family_is_none_of_the_other() -> None:
    six = {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"}
    assert internet_route([IGW, six], LISTS.__getitem__, 6) == 1
    assert internet_route([IGW], LISTS.__getitem__, 6) is None
    assert internet_route([six], LISTS.__getitem__, 4) is None


def by_list(list_id: str) -> dict[str, str]:
    return {"DestinationPrefixListId": list_id, "GatewayId": "igw-1", "State": "active"}


def test_a_route_for_a_prefix_list_is_as_wide_as_its_entries() -> None:
    assert internet_route([LOCAL, by_list("pl-all")], LISTS.__getitem__) == 1
    assert internet_route([LOCAL, by_list("pl-one")], LISTS.__getitem__) is None
    assert internet_route([by_list("pl-six")], LISTS.__getitem__, 4) is None


def test_a_route_for_an_unread_prefix_list_is_unknown_unless_another_decides() -> None:
    with pytest.raises(UnknownFieldError, match=r"Routes\[0\].DestinationPrefixListId"):
        internet_route([by_list("pl-hidden")], LISTS.__getitem__)
    assert internet_route([by_list("pl-hidden"), IGW], LISTS.__getitem__) == 1
