"""Routes: where each leads, and by what.

Works on configurations in AWS's own key names; it knows no judgement and no AWS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DEFAULT_ROUTES = frozenset({"0.0.0.0/0", "::/0"})


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


def internet_route(routes: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the index of the default route to an internet gateway, None where there is none."""
    for index, route in enumerate(routes):
        if destination(route) in DEFAULT_ROUTES and target(route).startswith("igw-"):
            return index
    return None
