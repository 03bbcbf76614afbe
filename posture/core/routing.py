"""Route tables: which one a subnet follows, and how far its routes lead.

Works on configurations in AWS's own key names; it knows no judgement and no AWS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from posture.core.resource import Resource

DEFAULT_ROUTES = frozenset({"0.0.0.0/0", "::/0"})


class Reach(StrEnum):
    """How far a subnet's routes lead, as people call the subnet."""

    PUBLIC = "public"
    """A route to an internet gateway: with a public address, the internet reaches in."""
    PRIVATE = "private"
    """A way out by NAT, an egress-only gateway or another network, and none in from the internet."""
    ISOLATED = "isolated"
    """No route for the world outside."""


def destination(route: Mapping[str, Any]) -> str:
    """Return a route's destination: a CIDR or the id of a prefix list."""
    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next((str(route[key]) for key in keys if route.get(key)), "")


def target(route: Mapping[str, Any]) -> str:
    """Return the id of what a route leads to (`igw-…`, `nat-…`, `pcx-…`, `local` …), empty where AWS names none."""
    keys = (
        "GatewayId",
        "NatGatewayId",
        "EgressOnlyInternetGatewayId",
        "TransitGatewayId",
        "VpcPeeringConnectionId",
        "LocalGatewayId",
        "CarrierGatewayId",
        "NetworkInterfaceId",
        "InstanceId",
        "CoreNetworkArn",
        "OdbNetworkArn",
    )
    return next((str(route[key]) for key in keys if route.get(key)), "")


def reach_of(routes: Sequence[Mapping[str, Any]]) -> Reach:
    """Tell how far routes lead; blackholes lead nowhere."""
    alive = [route for route in routes if route.get("State") != "blackhole"]
    if any(target(route).startswith("igw-") for route in alive):
        return Reach.PUBLIC
    if any(destination(route) in DEFAULT_ROUTES for route in alive):
        return Reach.PRIVATE
    return Reach.ISOLATED


def internet_route(routes: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the index of the default route to an internet gateway, None where there is none."""
    for index, route in enumerate(routes):
        if destination(route) in DEFAULT_ROUTES and target(route).startswith("igw-"):
            return index
    return None


def table_of(subnet: Resource, tables: Iterable[Resource]) -> Resource | None:
    """Return the route table that a subnet follows: its own, else the main one of its VPC."""
    main = None
    for table in tables:
        for association in table.config.items_of("Associations"):
            if association.get("SubnetId") == subnet.config["SubnetId"]:
                return table
            if association.get("Main") and table.config["VpcId"] == subnet.config["VpcId"]:
                main = table
    return main
