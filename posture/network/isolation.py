"""How isolated a VPC is: which subnets lead to the internet, and which interfaces it reaches, by which chain.

Pure: works on the core's resources of one account and region, knows no database. What rests on a
value or a listing that could not be read is said to be unknown, never to be closed.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from posture.core.arn import Arn
from posture.core.network import (
    LAST_PORT,
    PREFIX_LIST,
    EntriesOf,
    Opening,
    UnreadRule,
    admitted_in,
    entries_in,
    from_internet,
    network_of,
    prefix_list_ids,
    read_rules,
)
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.routing import destination, internet_route, networks_of, target
from posture.core.values import Fields, Unknown, UnknownFieldError
from posture.core.watchdog import OutOfTimeError, watching

logger = logging.getLogger(__name__)

DRAW_SECONDS = 2.0
"""Processor time that a picture may take; most take a millisecond."""
TOO_LONG = "what its rules let in takes too long to work out"
ODD = (UnknownFieldError, LookupError, ValueError, TypeError, AttributeError)
"""What reading a configuration raises that is unknown, or of another shape than AWS documents."""
ROUTE_TABLE = "AWS::EC2::RouteTable"
SUBNET = "AWS::EC2::Subnet"
INTERFACE = "AWS::EC2::NetworkInterface"
GROUP = "AWS::EC2::SecurityGroup"
ACL = "AWS::EC2::NetworkAcl"
OF_VPC = (ROUTE_TABLE, SUBNET, INTERFACE, GROUP, ACL)
"""The types of a VPC's own resources that a picture is drawn from."""
NEEDED = (*OF_VPC, PREFIX_LIST)
"""The types that a picture is drawn from."""

IP_VERSIONS = (4, 6)
EVERYONE = {
    4: Opening("-1", 0, LAST_PORT, network_of("0.0.0.0/0"), ""),
    6: Opening("-1", 0, LAST_PORT, network_of("::/0"), ""),
}
"""What is let in where no security group guards an interface, by IP version."""


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
    internet_routes: Mapping[int, str] = field(default_factory=dict)
    """The routes from an internet gateway in words, by IP version."""
    unknown_routes: frozenset[int] = frozenset()
    """The IP versions for which there may be such a route."""
    interfaces: int = 0
    outpost: str = ""


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

    def of(self, kind: str) -> list[Resource]:
        """Return the resources of a type, none where they could not be listed."""
        return self.by_type.get(kind, [])


@dataclass(frozen=True, slots=True)
class VpcPicture:
    """What is public in a VPC, what reaches it and what it reaches."""

    vpc: Resource
    subnets: tuple[SubnetPicture, ...] = ()
    paths: tuple[Path, ...] = ()
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
        return VpcPicture(vpc=vpc, unseen=(why,), has_subnets=False)
    subnets = [one for one in listed if one.raw_config.get("VpcId") == vpc_id]
    pictures = (SubnetPicture(one, Placement.UNKNOWN, why, unknown_routes=frozenset(IP_VERSIONS)) for one in subnets)
    return VpcPicture(vpc=vpc, subnets=tuple(pictures), unseen=(why,))


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
    return VpcPicture(
        vpc=vpc,
        subnets=tuple(sorted(subnets, key=lambda one: (list(Placement).index(one.placement), one.subnet.name))),
        paths=tuple(_paths(vpc, subnets, found)),
        reaches=tuple(_reaches(found.of(ROUTE_TABLE))),
        unseen=tuple(unseen),
        has_subnets=SUBNET in by_type,
    )


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
    routes: dict[int, str] = {}
    unknown = frozenset(IP_VERSIONS)
    try:
        table = _table_of(subnet_id, found)
        routes, unread = _internet_routes(table, found.entries_of)
        unknown = frozenset(unread)
        placement, route = _placed(table, routes, unread, found.entries_of)
    except ODD as error:
        placement, route = Placement.UNKNOWN, f"its route table is not known ({error})"
    return SubnetPicture(subnet, placement, route, routes, unknown, interfaces, outpost)


def _in(interface: Resource, subnet_id: str) -> int:
    if interface.raw_config.get("SubnetId") != subnet_id:
        return 0
    # Populations of service-managed interfaces stand as one resource with a count.
    return int(interface.raw_observed.get("Count") or 1)


def _internet_routes(table: Resource, entries_of: EntriesOf) -> tuple[dict[int, str], dict[int, UnknownFieldError]]:
    """Return by IP version the routes from an internet gateway in words, and why there may be others.

    An egress-only internet gateway lets out and not in: it is none.
    """
    found: dict[int, str] = {}
    unread: dict[int, UnknownFieldError] = {}
    routes = table.config.items_of("Routes")
    for version in IP_VERSIONS:
        try:
            index = internet_route(routes, entries_of, version)
        except UnknownFieldError as error:
            unread[version] = error
        else:
            if index is not None:
                found[version] = _route_sentence(table, routes[index])
    return found, unread


def _route_sentence(table: Resource, route: Fields) -> str:
    return f"{_id(table)} sends {destination(route) or '?'} to {target(route) or '?'}"


def _placed(
    table: Resource,
    internet_routes: Mapping[int, str],
    unread: Mapping[int, UnknownFieldError],
    entries_of: EntriesOf,
) -> tuple[Placement, str]:
    if internet_routes:
        return Placement.PUBLIC, " and ".join(dict.fromkeys(internet_routes.values()))
    for error in unread.values():
        raise error
    routes = table.config.items_of("Routes")
    for route in routes:
        if _to_everywhere(route, entries_of) and route.get("State") != "blackhole":
            return Placement.PRIVATE, _route_sentence(table, route)
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


def _paths(vpc: Resource, subnets: Sequence[SubnetPicture], found: _Found) -> Iterator[Path]:
    by_id = {_id(picture.subnet): picture for picture in subnets if not _blocked(vpc, picture.subnet)}
    for interface in found.of(INTERFACE):
        picture = by_id.get(str(interface.raw_config.get("SubnetId")))
        # A NAT gateway's interface has a public address, but lets out only.
        if picture is None or interface.raw_config.get("InterfaceType") == "nat_gateway":
            continue
        chains = [chain for version in IP_VERSIONS if (chain := _chain(interface, picture, found, version))]
        if chains:
            yield _merge(interface, chains)


@dataclass(frozen=True, slots=True)
class _Chain:
    """How one version of IP reaches an interface."""

    links: tuple[str, ...]
    ports: str
    sources: str
    certain: bool


def _merge(interface: Resource, chains: Sequence[_Chain]) -> Path:
    """Return one path of an interface for both versions of IP; what is certain hides what is not."""
    certain = [chain for chain in chains if chain.certain]
    kept = certain or chains
    return Path(
        interface,
        ", ".join(dict.fromkeys(chain.ports for chain in kept)),
        " and ".join(dict.fromkeys(chain.sources for chain in kept)),
        tuple(dict.fromkeys(link for chain in kept for link in chain.links)),
        bool(certain),
    )


def _address(interface: Resource, version: int) -> str:
    """Return an address that the internet can route to, or words for one that is not kept; empty for none."""
    return _ipv4_address(interface) if version == 4 else _ipv6_address(interface)  # noqa: PLR2004 - IP's version


def _ipv4_address(interface: Resource) -> str:
    """Return the public address, of the interface or of one of its secondary private addresses.

    On an Outpost an address of the customer's own pool is associated as well, and is not public.
    """
    shown = interface.raw_observed.get("Association")
    address = shown.get("PublicIp") if isinstance(shown, Mapping) else None
    for place in (interface.config, *interface.config.items_of("PrivateIpAddresses")):
        association = place.get("Association")
        if association and "CustomerOwnedIp" not in association:
            return address if isinstance(address, str) else "a public address"
    return ""


def _ipv6_address(interface: Resource) -> str:
    """Return an IPv6 address, or a prefix, that is not private to the VPC's owner."""
    for key, name in (("Ipv6Addresses", "Ipv6Address"), ("Ipv6Prefixes", "Ipv6Prefix")):
        for entry in interface.config.items_of(key):
            if ipaddress.ip_network(entry[name], strict=False).is_global:
                return str(entry[name])
    return ""


def _chain(interface: Resource, picture: SubnetPicture, found: _Found, version: int) -> _Chain | None:
    """Return how one version of IP reaches an interface, None where a link of the chain is closed."""
    if version not in picture.internet_routes and version not in picture.unknown_routes:
        return None
    links: list[str] = []
    try:
        address = _address(interface, version)
        if not address:
            return None
        links = [f"{_id(interface)} has {address}", picture.internet_routes.get(version, picture.route)]
        return _open_chain(interface, picture, found, version, links)
    except ODD as error:
        return _Chain((*links, f"not all rules could be read: {error}"), "unknown", "unknown", certain=False)


def _open_chain(
    interface: Resource, picture: SubnetPicture, found: _Found, version: int, links: Sequence[str]
) -> _Chain | None:
    acl = _acl(picture, found)
    entries = acl.config.items_of("Entries")
    let_in, unread, groups = _let_in(interface, found, version)
    admitted = [(one, port[0]) for one in let_in if (port := admitted_in(entries, one, version))]
    if not admitted:
        # What is known is closed; only a list that could not be read may still open it.
        for rule in unread:
            if admitted_in(entries, rule, version):
                raise rule.error()
        return None
    passing = [one for one, _ in admitted]
    sources = " and ".join(dict.fromkeys(one.label for one in passing))
    ports = _ports(passing)
    named = f"{', '.join(groups)} lets in {sources} on {ports}" if groups else "no security group guards it"
    links = (*links, f"{_id(acl)} lets in port {admitted[0][1]}", named)
    return _Chain(links, ports, sources, certain=version in picture.internet_routes)


def _let_in(interface: Resource, found: _Found, version: int) -> tuple[list[Opening], list[UnreadRule], list[str]]:
    """Return what the groups of an interface let in from the internet, their unread rules, and their ids."""
    groups = {_id(group): group for group in found.by_type[GROUP]}
    attached = [str(group["GroupId"]) for group in interface.config.items_of("Groups")]
    if not attached:
        return [EVERYONE[version]], [], []
    rules = [read_rules(groups[one].config.items_of("IpPermissions"), found.entries_of) for one in attached]
    let_in = [opening for one in rules for opening in from_internet(one.openings, version)]
    return let_in, [rule for one in rules for rule in one.unread], attached


def _acl(picture: SubnetPicture, found: _Found) -> Resource:
    subnet_id = _id(picture.subnet)
    for acl in found.by_type[ACL]:
        if any(one.get("SubnetId") == subnet_id for one in acl.config.items_of("Associations")):
            return acl
    raise KeyError(f"no network ACL of {subnet_id} was found")


def _ports(let_in: Sequence[Opening]) -> str:
    spans = {(one.protocol, one.first, one.last, one.all_ports) for one in let_in}
    return ", ".join(_span(*span) for span in sorted(spans)[:4]) or "every port"


def _span(protocol: str, first: int, last: int, every: bool) -> str:  # noqa: FBT001 - unpacked from a tuple
    name = "all protocols" if protocol == "-1" else protocol
    if every:
        return name if protocol == "-1" else f"{name}, every port"
    return f"{name}/{first}" if first == last else f"{name}/{first}-{last}"


def _id(resource: Resource) -> str:
    return Arn.parse(resource.arn).name
