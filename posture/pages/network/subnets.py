"""Subnets by where their routes lead: public, private or isolated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from posture.core.network import EntriesOf
from posture.core.resource import Resource
from posture.core.routing import destination, internet_route, networks_of, target
from posture.core.values import Fields, UnknownFieldError
from posture.pages.network.reachability import IP_VERSIONS, ODD, RouteTo, Routing
from posture.pages.network.vpc_resources import INTERFACE, ROUTE_TABLE, VpcResources, aws_id, interface_count


class Placement(StrEnum):
    """Where a subnet's default route leads."""

    PUBLIC = "public"
    """To an internet gateway: the internet can reach in."""
    PRIVATE = "private"
    """To something that is outbound only, or to other networks."""
    ISOLATED = "isolated"
    """Nowhere."""
    UNKNOWN = "unknown"
    """Its route table could not be read."""


@dataclass(frozen=True, slots=True)
class SubnetAnalysis:
    """A subnet with its placement and the route that decides it."""

    subnet: Resource
    placement: Placement
    route: str
    routing: Routing = field(default_factory=Routing)
    interfaces: int = 0
    outpost: str = ""
    targets: tuple[str, ...] = ()
    """Ids of its route targets."""


def analyze_subnet(subnet: Resource, found: VpcResources) -> SubnetAnalysis:
    """Return a subnet's placement by its routes; unknown if these could not be read."""
    subnet_id = aws_id(subnet)
    inside = [one for one in found.of(INTERFACE) if one.raw_config.get("SubnetId") == subnet_id]
    outpost = str(subnet.raw_config.get("OutpostArn") or "")
    routing = Routing(unknown=frozenset(IP_VERSIONS))
    targets: tuple[str, ...] = ()
    try:
        table = _table_of(subnet_id, found)
        routing = replace(routing, table=aws_id(table))
        routes, unread = _internet_routes(table, found.entries_of)
        routing, targets = replace(routing, routes=routes, unknown=frozenset(unread)), _targets(table)
        placement, route = _placement(table, routes, unread, found.entries_of)
    except ODD as error:
        placement, route = Placement.UNKNOWN, f"its route table is not known ({error})"
    routing = replace(routing, words=route)
    return SubnetAnalysis(subnet, placement, route, routing, sum(map(interface_count, inside)), outpost, targets)


def _targets(table: Resource) -> tuple[str, ...]:
    found = (target(route) for route in table.config.items_of("Routes") if route.get("State") != "blackhole")
    return tuple(dict.fromkeys(one for one in found if one not in {"local", ""}))


def _internet_routes(table: Resource, entries_of: EntriesOf) -> tuple[dict[int, RouteTo], dict[int, UnknownFieldError]]:
    """Return routes to internet gateways by IP version, and why there may be others.

    An egress-only internet gateway is not one: it is outbound only.
    """
    found: dict[int, RouteTo] = {}
    unread: dict[int, UnknownFieldError] = {}
    routes = table.config.items_of("Routes")
    for version in IP_VERSIONS:
        try:
            index = internet_route(routes, entries_of, version)
        except UnknownFieldError as error:
            unread[version] = error
        else:
            if index is not None:
                found[version] = _route_to(table, routes[index])
    return found, unread


def _route_to(table: Resource, route: Fields) -> RouteTo:
    return RouteTo(aws_id(table), destination(route) or "?", target(route) or "?")


def _placement(
    table: Resource,
    internet_routes: Mapping[int, RouteTo],
    unread: Mapping[int, UnknownFieldError],
    entries_of: EntriesOf,
) -> tuple[Placement, str]:
    if internet_routes:
        return Placement.PUBLIC, " and ".join(dict.fromkeys(map(str, internet_routes.values())))
    for error in unread.values():
        raise error
    routes = table.config.items_of("Routes")
    for route in routes:
        if _to_everywhere(route, entries_of) and route.get("State") != "blackhole":
            return Placement.PRIVATE, str(_route_to(table, route))
    others = [target(route) or "?" for route in routes if target(route) != "local"]
    if others:
        return Placement.PRIVATE, f"{aws_id(table)} leads to {', '.join(dict.fromkeys(others))}, not everywhere"
    return Placement.ISOLATED, f"{aws_id(table)} has no route out"


def _table_of(subnet_id: str, found: VpcResources) -> Resource:
    if ROUTE_TABLE not in found.by_type:
        raise KeyError("route tables could not be listed")
    main = None
    for table in found.by_type[ROUTE_TABLE]:
        for association in table.config.items_of("Associations"):
            if association.get("SubnetId") == subnet_id:
                return table
            if association.get("Main"):
                main = table
    if main is None:
        raise KeyError("its route table was not found")
    return main


def _to_everywhere(route: Fields, entries_of: EntriesOf) -> bool:
    try:
        return any(network.prefixlen == 0 for network in networks_of(route, entries_of))
    except UnknownFieldError:
        return False
