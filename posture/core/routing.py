"""Routes: where each leads, and by what.

Works on configurations in AWS's own key names; it knows no judgement and no AWS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from posture.core.network import EntriesOf, Network, is_internet, network_of
from posture.core.values import Unknown, UnknownFieldError


def destination(route: Mapping[str, Any]) -> str:
    """Return a route's destination: a CIDR or the id of a prefix list."""
    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next((str(route[key]) for key in keys if route.get(key)), "")


def target(route: Mapping[str, Any]) -> str:
    """Return the id of a route's target, empty where AWS names none.

    `igw-…`, `nat-…`, `pcx-…`, `local` …
    """
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


def networks_of(route: Mapping[str, Any], entries_of: EntriesOf, index: int = 0) -> Sequence[Network]:
    """Return the address ranges that a route is for: one, or those of a prefix list.

    Raises `UnknownFieldError` where the prefix list of the route, the `index`th of its table, could not be read.
    """
    if list_id := route.get("DestinationPrefixListId"):
        ranges = entries_of(list_id)
        if isinstance(ranges, Unknown):
            raise UnknownFieldError(ranges, f"Routes[{index}].DestinationPrefixListId")
        return [network_of(text) for text in ranges]
    text = destination(route)
    return [network_of(text)] if text else []


def internet_route(
    routes: Sequence[Mapping[str, Any]], entries_of: EntriesOf, version: int | None = None
) -> int | None:
    """Return the index of the route from an internet gateway to the internet, or None.

    `version` is 4 or 6, None for both. Raises `UnknownFieldError` where only a prefix list that could not be read
    may be such a route.
    """
    unread: UnknownFieldError | None = None
    for index, route in enumerate(routes):
        if not target(route).startswith("igw-") or route.get("State") == "blackhole":
            continue
        try:
            networks = networks_of(route, entries_of, index)
        except UnknownFieldError as error:
            unread = unread or error
            continue
        if any(is_internet(network) and version in {None, network.version} for network in networks):
            return index
    if unread:
        raise unread
    return None
