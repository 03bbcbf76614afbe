"""Sources other than the internet that can reach a VPC, by its groups and routes.

A network ACL may narrow them further; what could not be read is unknown, never closed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from posture.core.network import EntriesOf, Network, PortRange, entries_in, is_internet, network_of, read_rules
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.routing import destination, networks_of, target
from posture.core.values import Fields
from posture.core.watchdog import OutOfTimeError, watching
from posture.pages.network.addresses import ports_of
from posture.pages.network.reachability import ODD
from posture.pages.network.subnets import SubnetAnalysis
from posture.pages.network.vpc_analysis import VpcAnalysis
from posture.pages.network.vpc_resources import GROUP, ROUTE_TABLE, aws_id, interface_count, prefix_lists

logger = logging.getLogger(__name__)

SECONDS = 2.0
"""Maximum processor time per VPC."""
THROUGH = {
    "pcx": "peering",
    "tgw": "transit gateway",
    "vgw": "VPN or Direct Connect",
    "lgw": "local gateway",
    "arn": "core network",
}
"""What leads to other networks, by the prefix of its id."""
INSIDE = tuple(map(network_of, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))
OWN, INTERNET = "this VPC", "the internet"


class Reach(StrEnum):
    """Whether a source can reach the VPC, from most to least open."""

    OPEN = "open"
    UNKNOWN = "unknown"
    NO_ROUTE = "no route"


@dataclass(frozen=True, slots=True)
class Source:
    """A source, the ports and groups that allow it, and the number of interfaces."""

    source: str
    through: str
    ports: str
    reach: Reach
    groups: tuple[str, ...]
    interfaces: int


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a VPC, other networks first; `unread` is why there are none."""

    found: Sequence[Source] = ()
    unread: str = ""

    @property
    def others(self) -> list[Source]:
        """The sources outside the VPC that can reach it."""
        return [one for one in self.found if one.reach is Reach.OPEN and one.through != OWN]


def sources(analysis: VpcAnalysis, around: Neighbourhood) -> Sources:
    """Return the sources that can reach the interfaces of a VPC."""
    if analysis.interfaces is None:
        return Sources(unread="its interfaces could not be listed")
    try:
        with watching(SECONDS) as watch, watch.turn():
            return Sources(_merged(analysis, _Surroundings(analysis, around)))
    except OutOfTimeError:
        return Sources(unread="its rules take too long to evaluate")
    except ODD as error:
        logger.exception("the sources of %s failed", analysis.vpc.arn)
        return Sources(unread=f"a part of its configuration could not be read ({type(error).__name__})")


Key = tuple[str, str, str, Reach]


@dataclass(frozen=True, slots=True)
class _Allowed:
    """A source in a rule: an address range, or words for anything else."""

    span: PortRange
    network: Network | None
    words: str
    is_unread: bool = False


class _Surroundings:
    """The groups and route tables of a VPC by id, and its own address ranges."""

    def __init__(self, analysis: VpcAnalysis, around: Neighbourhood) -> None:
        region = analysis.vpc.region
        self.groups = {aws_id(one): one for one in around.here(GROUP, region)}
        self.tables = {aws_id(one): one for one in around.here(ROUTE_TABLE, region)}
        self.subnets: Mapping[str, SubnetAnalysis] = {aws_id(one.subnet): one for one in analysis.subnets}
        self.reached = {path.interface.arn for path in analysis.paths}
        self.own = list(_ranges(analysis.vpc))
        self.entries_of: EntriesOf = entries_in(partial(prefix_lists, around, region))
        self._known: dict[tuple[str, str, bool], list[Key]] = {}

    def keys(self, group_id: str, interface: Resource) -> list[Key]:
        """Return what one group of an interface allows, and through what."""
        subnet = self.subnets.get(str(interface.raw_config.get("SubnetId")))
        table = subnet.routing.table if subnet else ""
        asked = group_id, table, interface.arn in self.reached
        if asked not in self._known:
            self._known[asked] = list(self._keys(*asked))
        return self._known[asked]

    def _keys(self, group_id: str, table: str, has_address: bool) -> Iterator[Key]:  # noqa: FBT001 - a key's part
        for one in self._allowed_by(group_id):
            ports = ports_of([one.span])
            for through, reach in self._through(one, table, has_address=has_address):
                yield one.words, through, ports, reach

    def _allowed_by(self, group_id: str) -> Iterator[_Allowed]:
        every = PortRange("-1", 0, 0)
        try:
            permissions = self.groups[group_id].config.items_of("IpPermissions")
            rules, members = read_rules(permissions, self.entries_of), list(_members(permissions))
        except ODD:
            yield _Allowed(every, None, "rules that could not be read", is_unread=True)
            return
        yield from (_Allowed(one, one.source, one.label) for one in rules.openings)
        for unread in rules.unread:
            yield _Allowed(unread, None, "a prefix list that could not be read", is_unread=True)
        yield from members

    def _through(self, allowed: _Allowed, table: str, *, has_address: bool) -> Iterator[tuple[str, Reach]]:
        if allowed.is_unread:
            yield "", Reach.UNKNOWN
        elif allowed.network is None or self._is_own(allowed.network):
            yield OWN, Reach.OPEN
        else:
            yield from self._by_routes(allowed.network, table, has_address=has_address)

    def _is_own(self, network: Network) -> bool:
        return not is_internet(network) and any(_overlap(network, own) for own in self.own)

    def _by_routes(self, network: Network, table: str, *, has_address: bool) -> Iterator[tuple[str, Reach]]:
        try:
            routes = self.tables[table].config.items_of("Routes")
        except ODD:
            yield "", Reach.UNKNOWN
            return
        found = dict.fromkeys(through for route in routes for through in self._route(route, network, has_address))
        yield from found
        # Paths from the internet are analyzed by themselves.
        if not found and not is_internet(network):
            yield "", Reach.NO_ROUTE

    def _route(self, route: Fields, network: Network, has_address: bool) -> Iterator[tuple[str, Reach]]:  # noqa: FBT001
        to = target(route)
        kind = to.split("-", 1)[0].split(":", 1)[0]
        if route.get("State") == "blackhole":
            return
        try:
            leads = any(_overlap(network, one) for one in networks_of(route, self.entries_of))
        except ODD:
            yield f"{THROUGH.get(kind, 'something else')} {to} by {destination(route)}", Reach.UNKNOWN
            return
        if leads and kind in THROUGH:
            yield f"{THROUGH[kind]} {to}", Reach.OPEN
        elif leads and kind == "igw" and has_address and not is_internet(network) and not _is_inside(network):
            yield INTERNET, Reach.OPEN


def _merged(analysis: VpcAnalysis, around: _Surroundings) -> list[Source]:
    counts: dict[Key, int] = {}
    groups: dict[Key, dict[str, None]] = {}
    for interface in analysis.interfaces or ():
        number = interface_count(interface)
        found: dict[Key, None] = {}
        for group in interface.config.items_of("Groups"):
            group_id = str(group["GroupId"])
            for key in around.keys(group_id, interface):
                found[key] = None
                groups.setdefault(key, {})[group_id] = None
        for key in found:
            counts[key] = counts.get(key, 0) + number
    states = list(Reach)
    ordered = sorted(counts, key=lambda key: (states.index(key[3]), key[1] == OWN, -counts[key], key))
    return [Source(*key, tuple(groups[key]), counts[key]) for key in ordered]


def _members(permissions: Sequence[Mapping[str, object]]) -> Iterator[_Allowed]:
    """Yield the security groups whose members a rule allows."""
    for permission in permissions:
        pairs = permission.get("UserIdGroupPairs")
        for pair in pairs if isinstance(pairs, Sequence) else ():
            span = PortRange(
                str(permission.get("IpProtocol") or "-1"),
                int(str(permission.get("FromPort") or 0)),
                int(str(permission.get("ToPort") or 0)),
            )
            yield _Allowed(span, None, f"members of {pair.get('GroupId')}")


def _ranges(vpc: Resource) -> Iterator[Network]:
    config = vpc.raw_config
    texts = [config.get("CidrBlock")]
    for key, name in (("CidrBlockAssociationSet", "CidrBlock"), ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock")):
        listed = config.get(key)
        texts += [one.get(name) for one in listed if isinstance(one, Mapping)] if isinstance(listed, Sequence) else []
    for text in texts:
        if isinstance(text, str):
            yield network_of(text)


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _is_inside(network: Network) -> bool:
    """Return True for addresses that no packet from the internet has."""
    return any(_overlap(network, one) for one in INSIDE)
