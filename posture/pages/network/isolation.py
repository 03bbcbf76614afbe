"""How isolated a VPC is: which subnets lead to the internet, and which interfaces it reaches, by which chain.

Pure: works on the core's resources of one account and region, knows no database. What rests on a
value or a listing that could not be read is said to be unknown, never to be closed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, partial

from posture.core.arn import Arn
from posture.core.network import PREFIX_LIST, EntriesOf, entries_in, from_internet, prefix_list_ids, read_rules
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.routing import destination, internet_route, networks_of, target
from posture.core.values import Fields, Unknown, UnknownFieldError
from posture.core.watchdog import OutOfTimeError, watching
from posture.pages.network.reachability import (
    EVERYONE,
    IP_VERSIONS,
    ODD,
    Acl,
    Groups,
    RouteTo,
    Routing,
    Target,
    Way,
    WayState,
    merge,
    ways_to,
)

logger = logging.getLogger(__name__)

DRAW_SECONDS = 2.0
"""Processor time that a picture may take; most take a millisecond."""
TOO_LONG = "what its rules let in takes too long to work out"
ROUTE_TABLE = "AWS::EC2::RouteTable"
SUBNET = "AWS::EC2::Subnet"
INTERFACE = "AWS::EC2::NetworkInterface"
GROUP = "AWS::EC2::SecurityGroup"
ACL = "AWS::EC2::NetworkAcl"
INTERNET_GATEWAY = "AWS::EC2::InternetGateway"
OF_VPC = (ROUTE_TABLE, SUBNET, INTERFACE, GROUP, ACL)
"""The types of a VPC's own resources that a picture is drawn from."""
NEEDED = (*OF_VPC, PREFIX_LIST, INTERNET_GATEWAY)
"""The types that a picture is drawn from."""


class Placement(StrEnum):
    """Where a subnet's route to everywhere leads."""

    PUBLIC = "public"
    """To an internet gateway: the internet can reach in."""
    PRIVATE = "private"
    """To something that lets out only, or to other networks."""
    ISOLATED = "isolated"
    """Nowhere."""
    UNKNOWN = "unknown"
    """Its route table could not be read."""


@dataclass(frozen=True, slots=True)
class SubnetPicture:
    """A subnet, where it leads and the route that says so."""

    subnet: Resource
    placement: Placement
    route: str
    routing: Routing = field(default_factory=Routing)
    interfaces: int = 0
    outpost: str = ""
    targets: tuple[str, ...] = ()
    """The ids of what its routes lead to."""


@dataclass(frozen=True, slots=True)
class Path:
    """How the internet reaches one interface: every link of the chain lets it through."""

    interface: Resource
    ports: str
    sources: str
    chain: tuple[str, ...]
    certain: bool = True
    """False where a link could not be read: then it may be open."""

    @property
    def kept_as(self) -> str:
        """The ARN under which the inventory keeps the interface: its own, or that of its population."""
        return self.interface.population or self.interface.arn


@dataclass(frozen=True, slots=True)
class _Found:
    """A VPC's own resources by type, and the prefix lists that its rules and routes may name."""

    by_type: Mapping[str, list[Resource]]
    entries_of: EntriesOf
    groups_by_id: dict[str, Resource] = field(default_factory=dict)

    def groups(self) -> Mapping[str, Resource]:
        """Return the security groups by id; raises `KeyError` where they could not be listed."""
        if not self.groups_by_id:
            self.groups_by_id.update({_id(group): group for group in self.by_type[GROUP]})
        return self.groups_by_id

    def of(self, kind: str) -> list[Resource]:
        """Return the resources of a type, none where they could not be listed."""
        return self.by_type.get(kind, [])


@dataclass(frozen=True, slots=True)
class VpcPicture:
    """What is public in a VPC, what reaches it and what it reaches."""

    vpc: Resource
    subnets: tuple[SubnetPicture, ...] = ()
    paths: tuple[Path, ...] = ()
    ways: tuple[Way, ...] = ()
    """How far the internet gets to each interface with a public address, refused ways included."""
    interfaces: tuple[Resource, ...] | None = ()
    """None where they could not be listed."""
    gateways: tuple[str, ...] | None = ()
    """The ids of its internet gateways, None where they could not be listed."""
    reaches: tuple[str, ...] = ()
    unseen: tuple[str, ...] = field(default=())
    """What could not be read, in words."""
    has_subnets: bool = True
    """False where the subnets could not be listed: then there may be any number of each kind."""

    def count(self, placement: Placement) -> int:
        """Return how many subnets have a placement."""
        return sum(picture.placement is placement for picture in self.subnets)

    @property
    def public(self) -> int:
        """Return the number of public subnets."""
        return self.count(Placement.PUBLIC)

    @property
    def private(self) -> int:
        """Return the number of private subnets."""
        return self.count(Placement.PRIVATE)

    @property
    def isolated(self) -> int:
        """Return the number of isolated subnets."""
        return self.count(Placement.ISOLATED)

    @property
    def unknown(self) -> int:
        """Return the number of subnets that could not be placed."""
        return self.count(Placement.UNKNOWN)


def draw(vpc: Resource, around: Neighbourhood, seconds: float = DRAW_SECONDS) -> VpcPicture:
    """Draw the picture of one VPC from the resources and gaps of its account.

    AWS-supplied content is hostile: what is odd, or takes more than `seconds` of processor time, is unknown in this
    picture and hides no other.
    """
    if seconds <= 0:
        return _undrawn(vpc, around, TOO_LONG)
    try:
        with watching(seconds) as watch, watch.turn():
            return _draw(vpc, around)
    except OutOfTimeError:
        logger.exception("the picture of %s ran out of time", vpc.arn)
        return _undrawn(vpc, around, TOO_LONG)
    except Exception as error:
        logger.exception("the picture of %s failed", vpc.arn)
        return _undrawn(vpc, around, f"a part of its configuration could not be understood ({type(error).__name__})")


def _undrawn(vpc: Resource, around: Neighbourhood, why: str) -> VpcPicture:
    """Return a picture in which everything is unknown."""
    vpc_id = Arn.parse(vpc.arn).name
    try:
        listed = around.here(SUBNET, vpc.region)
    except UnknownFieldError:
        return VpcPicture(vpc=vpc, interfaces=None, gateways=None, unseen=(why,), has_subnets=False)
    unread = Routing(words=why, unknown=frozenset(IP_VERSIONS))
    subnets = [one for one in listed if one.raw_config.get("VpcId") == vpc_id]
    pictures = (SubnetPicture(one, Placement.UNKNOWN, why, unread) for one in subnets)
    return VpcPicture(vpc=vpc, subnets=tuple(pictures), interfaces=None, gateways=None, unseen=(why,))


def _draw(vpc: Resource, around: Neighbourhood) -> VpcPicture:
    vpc_id = Arn.parse(vpc.arn).name
    by_type: dict[str, list[Resource]] = {}
    unseen = []
    for kind in OF_VPC:
        try:
            by_type[kind] = [one for one in around.here(kind, vpc.region) if one.config.get("VpcId") == vpc_id]
        except UnknownFieldError as error:
            unseen.append(f"{kind.rsplit('::', 1)[-1]} could not be listed: {error.unknown}")
    found = _Found(by_type, entries_in(partial(_prefix_lists, around, vpc.region)))
    unseen += [f"the routes of {_id(one)} could not be read" for one in found.of(ROUTE_TABLE) if not _routed(one)]
    unseen += _unread_prefix_lists(found)
    subnets = tuple(_subnet(subnet, found) for subnet in found.of(SUBNET))
    by_interface = list(_ways(vpc, subnets, found))
    return VpcPicture(
        vpc=vpc,
        subnets=tuple(sorted(subnets, key=lambda one: (list(Placement).index(one.placement), one.subnet.name))),
        paths=tuple(path for ways in by_interface if (path := _path(ways))),
        ways=tuple(merge(ways) for ways in by_interface),
        interfaces=tuple(found.of(INTERFACE)) if INTERFACE in found.by_type else None,
        gateways=_gateways(vpc_id, vpc.region, around),
        reaches=tuple(_reaches(found.of(ROUTE_TABLE))),
        unseen=tuple(unseen),
        has_subnets=SUBNET in by_type,
    )


def _gateways(vpc_id: str, region: str, around: Neighbourhood) -> tuple[str, ...] | None:
    try:
        listed = around.here(INTERNET_GATEWAY, region)
        return tuple(
            _id(one) for one in listed if any(end.get("VpcId") == vpc_id for end in one.config.items_of("Attachments"))
        )
    except ODD:
        return None


def _prefix_lists(around: Neighbourhood, region: str, list_id: str) -> Sequence[Resource]:
    return around.index(PREFIX_LIST, region, prefix_list_ids).get(list_id)


def _unread_prefix_lists(found: _Found) -> Iterator[str]:
    """Yield in words which prefix lists of inbound rules and internet routes could not be read."""
    named: dict[str, None] = {}
    for group in found.of(GROUP):
        rules = group.config.items_of("IpPermissions") if group.config.known("IpPermissions") else ()
        named |= {str(entry["PrefixListId"]): None for rule in rules for entry in rule.items_of("PrefixListIds")}
    for table in filter(_routed, found.of(ROUTE_TABLE)):
        routes = table.config.items_of("Routes")
        named |= {destination(route): None for route in routes if _is_internet_by_list(route)}
    for list_id in named:
        entries = found.entries_of(list_id)
        if isinstance(entries, Unknown):
            yield f"the entries of {list_id} could not be read: {entries}"


def _is_internet_by_list(route: Fields) -> bool:
    return bool(route.get("DestinationPrefixListId")) and target(route).startswith("igw-")


def _blocked(vpc: Resource, subnet: Resource) -> bool:
    """Return True where VPC block public access keeps the internet out, whatever routes and groups say.

    A subnet may be excluded from what applies to its VPC, so its own state comes first.
    """
    for one in (subnet, vpc):
        states = one.raw_config.get("BlockPublicAccessStates")
        if isinstance(states, Mapping) and states.get("InternetGatewayBlockMode"):
            return states["InternetGatewayBlockMode"] in {"block-bidirectional", "block-ingress"}
    return False


def _subnet(subnet: Resource, found: _Found) -> SubnetPicture:
    subnet_id = _id(subnet)
    interfaces = sum(_in(interface, subnet_id) for interface in found.of(INTERFACE))
    outpost = str(subnet.raw_config.get("OutpostArn") or "")
    routing = Routing(unknown=frozenset(IP_VERSIONS))
    targets: tuple[str, ...] = ()
    try:
        table = _table_of(subnet_id, found)
        routing = replace(routing, table=_id(table))
        routes, unread = _internet_routes(table, found.entries_of)
        routing, targets = replace(routing, routes=routes, unknown=frozenset(unread)), _targets(table)
        placement, route = _placed(table, routes, unread, found.entries_of)
    except ODD as error:
        placement, route = Placement.UNKNOWN, f"its route table is not known ({error})"
    routing = replace(routing, words=route)
    return SubnetPicture(subnet, placement, route, routing, interfaces, outpost, targets)


def _targets(table: Resource) -> tuple[str, ...]:
    found = (target(route) for route in table.config.items_of("Routes") if route.get("State") != "blackhole")
    return tuple(dict.fromkeys(one for one in found if one not in {"local", ""}))


def _in(interface: Resource, subnet_id: str) -> int:
    if interface.raw_config.get("SubnetId") != subnet_id:
        return 0
    # Populations of service-managed interfaces stand as one resource with a count.
    return int(interface.raw_observed.get("Count") or 1)


def _internet_routes(table: Resource, entries_of: EntriesOf) -> tuple[dict[int, RouteTo], dict[int, UnknownFieldError]]:
    """Return by IP version the routes from an internet gateway, and why there may be others.

    An egress-only internet gateway lets out and not in: it is none.
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
    return RouteTo(_id(table), destination(route) or "?", target(route) or "?")


def _placed(
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
        return Placement.PRIVATE, f"{_id(table)} leads to {', '.join(dict.fromkeys(others))}, not everywhere"
    return Placement.ISOLATED, f"{_id(table)} has no route out"


def _table_of(subnet_id: str, found: _Found) -> Resource:
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
        raise KeyError("no route table of it was found")
    return main


def _to_everywhere(route: Fields, entries_of: EntriesOf) -> bool:
    try:
        return any(network.prefixlen == 0 for network in networks_of(route, entries_of))
    except UnknownFieldError:
        return False


REACHED = {
    "igw": "the internet",
    "nat": "the internet, outbound only, through",
    "eigw": "the internet over IPv6, outbound only, through",
    "tgw": "other networks through transit gateway",
    "pcx": "a peered VPC through",
    "vgw": "a VPN or Direct Connect through",
    "lgw": "the network on the floor through local gateway",
    "vpce": "AWS services through endpoint",
}


def _reaches(tables: Iterable[Resource]) -> list[str]:
    seen: dict[str, set[str]] = {}
    for table in filter(_routed, tables):
        for route in table.config.items_of("Routes"):
            to = target(route)
            if to not in {"local", ""} and route.get("State") != "blackhole":
                seen.setdefault(to, set()).add(destination(route) or "?")
    return [_reached(to, sorted(ranges)) for to, ranges in sorted(seen.items())]


def _routed(table: Resource) -> bool:
    return table.config.known("Routes")


def _reached(to: str, ranges: Sequence[str]) -> str:
    words = REACHED.get(to.split("-", 1)[0], "something else through")
    end = f" {to}" if words != "the internet" else f" through {to}"
    return f"{words}{end} ({', '.join(ranges)})"


def _ways(vpc: Resource, subnets: Sequence[SubnetPicture], found: _Found) -> Iterator[list[Way]]:
    """Yield for each interface with a public address its ways in, one for each version of IP that it has."""
    by_id = {_id(picture.subnet): picture for picture in subnets}
    acl_of = cache(partial(_acl, found=found))
    for interface in found.of(INTERFACE):
        subnet_id = str(interface.raw_config.get("SubnetId"))
        picture = by_id.get(subnet_id)
        # A NAT gateway's interface has a public address, but lets out only.
        if picture is None or interface.raw_config.get("InterfaceType") == "nat_gateway":
            continue
        groups = cache(partial(_groups, interface, found))
        blocked = _blocked(vpc, picture.subnet)
        if ways := ways_to(Target(interface, picture.routing, partial(acl_of, subnet_id), groups, blocked)):
            yield ways


def _path(ways: Sequence[Way]) -> Path | None:
    """Return one path of an interface for both versions of IP; what is certain hides what is not."""
    certain = [way for way in ways if way.state is WayState.OPEN]
    kept = certain or [way for way in ways if way.state is WayState.UNKNOWN]
    if not kept:
        return None
    return Path(
        kept[0].interface,
        ", ".join(dict.fromkeys(way.ports for way in kept)),
        " and ".join(dict.fromkeys(way.sources for way in kept)),
        tuple(dict.fromkeys(sentence for way in kept for sentence in way.sentences)),
        bool(certain),
    )


def _groups(interface: Resource, found: _Found, version: int) -> Groups:
    """Return what the groups of an interface let in, of one version of IP."""
    attached: list[str] = []
    try:
        groups = found.groups()
        attached = [str(group["GroupId"]) for group in interface.config.items_of("Groups")]
        if not attached:
            return Groups(let_in=[EVERYONE[version]])
        rules = [read_rules(groups[one].config.items_of("IpPermissions"), found.entries_of) for one in attached]
    except ODD as error:
        return Groups(attached, error=error)
    let_in = [opening for one in rules for opening in from_internet(one.openings, version)]
    others = [opening for one in rules for opening in one.openings if opening not in let_in]
    return Groups(attached, let_in, others, [rule for one in rules for rule in one.unread])


def _acl(subnet_id: str, found: _Found) -> Acl:
    acl_id = ""
    try:
        for acl in found.by_type[ACL]:
            acl_id = _id(acl)
            if any(one.get("SubnetId") == subnet_id for one in acl.config.items_of("Associations")):
                return Acl(acl_id, acl.config.items_of("Entries"))
    except ODD as error:
        return Acl(acl_id, error=error)
    return Acl(error=KeyError(f"no network ACL of {subnet_id} was found"))


def _id(resource: Resource) -> str:
    return Arn.parse(resource.arn).name
