"""Isolation of a VPC: subnets that lead to the internet, and inbound paths.

Pure: works on the core's resources of one account and region, without a database. What depends on
a value or a listing that could not be read is unknown, never closed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from posture.core.arn import Arn
from posture.core.network import entries_in, from_internet, read_rules
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.routing import destination, target
from posture.core.values import Fields, Unknown, UnknownFieldError
from posture.core.watchdog import OutOfTimeError, watching
from posture.pages.network.outbound import outbound_targets
from posture.pages.network.reachability import (
    EVERYONE,
    IP_VERSIONS,
    ODD,
    Acl,
    InboundPath,
    InterfaceSecurityGroups,
    PathState,
    PathTarget,
    Routing,
    merge,
    paths_to,
)
from posture.pages.network.subnets import Placement, SubnetAnalysis, analyze_subnet
from posture.pages.network.vpc_resources import (
    ACL,
    GROUP,
    INTERFACE,
    INTERNET_GATEWAY,
    OF_VPC,
    ROUTE_TABLE,
    SUBNET,
    VpcResources,
    aws_id,
    has_routes,
    prefix_lists,
)

logger = logging.getLogger(__name__)

ANALYSIS_SECONDS = 2.0
"""Maximum processor time per VPC; most take a millisecond."""
TOO_LONG = "its rules take too long to evaluate"


@dataclass(frozen=True, slots=True)
class VpcAnalysis:
    """What is public in a VPC, what reaches it and what it reaches."""

    vpc: Resource
    subnets: tuple[SubnetAnalysis, ...] = ()
    paths: tuple[InboundPath, ...] = ()
    """One per interface with a public address, refused ones included."""
    interfaces: tuple[Resource, ...] | None = ()
    """None if they could not be listed."""
    gateways: tuple[str, ...] | None = ()
    """Ids of its internet gateways; None if they could not be listed."""
    reaches: tuple[str, ...] = ()
    unseen: tuple[str, ...] = field(default=())
    """What could not be read, in words."""
    has_subnets: bool = True
    """False if the subnets could not be listed: any number may exist."""

    def count(self, placement: Placement) -> int:
        """Return the number of subnets with a placement."""
        return sum(subnet.placement is placement for subnet in self.subnets)

    @property
    def public(self) -> int:
        """The number of public subnets."""
        return self.count(Placement.PUBLIC)

    @property
    def private(self) -> int:
        """The number of private subnets."""
        return self.count(Placement.PRIVATE)

    @property
    def isolated(self) -> int:
        """The number of isolated subnets."""
        return self.count(Placement.ISOLATED)

    @property
    def unknown(self) -> int:
        """The number of subnets whose placement is unknown."""
        return self.count(Placement.UNKNOWN)

    @property
    def open_paths(self) -> list[InboundPath]:
        """The paths by which the internet certainly reaches an interface."""
        return [path for path in self.paths if path.state is PathState.OPEN]

    @property
    def possible_paths(self) -> list[InboundPath]:
        """The paths that may be open: a link of theirs could not be read."""
        return [path for path in self.paths if path.state is PathState.UNKNOWN]


def analyze(vpc: Resource, around: Neighbourhood, seconds: float = ANALYSIS_SECONDS) -> VpcAnalysis:
    """Analyze one VPC from the resources and gaps of its account.

    AWS-supplied content is hostile: what is malformed, or takes more than `seconds` of processor
    time, is unknown in this VPC and does not affect others.
    """
    if seconds <= 0:
        return _unknown_analysis(vpc, around, TOO_LONG)
    try:
        with watching(seconds) as watch, watch.turn():
            return _analyze(vpc, around)
    except OutOfTimeError:
        logger.exception("the analysis of %s ran out of time", vpc.arn)
        return _unknown_analysis(vpc, around, TOO_LONG)
    except Exception as error:
        logger.exception("the analysis of %s failed", vpc.arn)
        why = f"a part of its configuration could not be understood ({type(error).__name__})"
        return _unknown_analysis(vpc, around, why)


def _unknown_analysis(vpc: Resource, around: Neighbourhood, why: str) -> VpcAnalysis:
    """Return an analysis in which everything is unknown."""
    vpc_id = Arn.parse(vpc.arn).name
    try:
        listed = around.here(SUBNET, vpc.region)
    except UnknownFieldError:
        return VpcAnalysis(vpc=vpc, interfaces=None, gateways=None, unseen=(why,), has_subnets=False)
    unread = Routing(words=why, unknown=frozenset(IP_VERSIONS))
    own = (one for one in listed if one.raw_config.get("VpcId") == vpc_id)
    subnets = tuple(SubnetAnalysis(one, Placement.UNKNOWN, why, unread) for one in own)
    return VpcAnalysis(vpc=vpc, subnets=subnets, interfaces=None, gateways=None, unseen=(why,))


def _analyze(vpc: Resource, around: Neighbourhood) -> VpcAnalysis:
    found, unlisted = _own_resources(vpc, around)
    tables = found.of(ROUTE_TABLE)
    unread = [f"the routes of {aws_id(one)} could not be read" for one in tables if not has_routes(one)]
    subnets = [analyze_subnet(subnet, found) for subnet in found.of(SUBNET)]
    return VpcAnalysis(
        vpc=vpc,
        subnets=tuple(sorted(subnets, key=lambda one: (list(Placement).index(one.placement), one.subnet.name))),
        paths=tuple(merge(paths) for paths in _inbound_paths(vpc, subnets, found)),
        interfaces=tuple(found.of(INTERFACE)) if INTERFACE in found.by_type else None,
        gateways=_gateways(aws_id(vpc), vpc.region, around),
        reaches=tuple(outbound_targets(tables)),
        unseen=(*unlisted, *unread, *_unread_prefix_lists(found)),
        has_subnets=SUBNET in found.by_type,
    )


def _own_resources(vpc: Resource, around: Neighbourhood) -> tuple[VpcResources, list[str]]:
    """Return a VPC's resources by type, and in words which types could not be listed."""
    vpc_id = aws_id(vpc)
    by_type: dict[str, list[Resource]] = {}
    unlisted = []
    for kind in OF_VPC:
        try:
            by_type[kind] = [one for one in around.here(kind, vpc.region) if one.config.get("VpcId") == vpc_id]
        except UnknownFieldError as error:
            unlisted.append(f"{kind.rsplit('::', 1)[-1]} could not be listed: {error.unknown}")
    return VpcResources(by_type, entries_in(partial(prefix_lists, around, vpc.region))), unlisted


def _gateways(vpc_id: str, region: str, around: Neighbourhood) -> tuple[str, ...] | None:
    try:
        listed = around.here(INTERNET_GATEWAY, region)
        attached = [one for one in listed if _is_attached(one, vpc_id)]
    except ODD:
        return None
    return tuple(map(aws_id, attached))


def _is_attached(gateway: Resource, vpc_id: str) -> bool:
    return any(end.get("VpcId") == vpc_id for end in gateway.config.items_of("Attachments"))


def _unread_prefix_lists(found: VpcResources) -> Iterator[str]:
    """Yield which prefix lists of inbound rules and internet routes are unread."""
    named: dict[str, None] = {}
    for group in found.of(GROUP):
        rules = group.config.items_of("IpPermissions") if group.config.known("IpPermissions") else ()
        named |= {str(entry["PrefixListId"]): None for rule in rules for entry in rule.items_of("PrefixListIds")}
    for table in filter(has_routes, found.of(ROUTE_TABLE)):
        routes = table.config.items_of("Routes")
        named |= {destination(route): None for route in routes if _is_internet_by_list(route)}
    for list_id in named:
        entries = found.entries_of(list_id)
        if isinstance(entries, Unknown):
            yield f"the entries of {list_id} could not be read: {entries}"


def _is_internet_by_list(route: Fields) -> bool:
    return bool(route.get("DestinationPrefixListId")) and target(route).startswith("igw-")


def _is_blocked(vpc: Resource, subnet: Resource) -> bool:
    """Return True if VPC Block Public Access keeps the internet out.

    A subnet may be excluded from its VPC's setting, so its own state comes first.
    """
    for one in (subnet, vpc):
        states = one.raw_config.get("BlockPublicAccessStates")
        if isinstance(states, Mapping) and states.get("InternetGatewayBlockMode"):
            return states["InternetGatewayBlockMode"] in {"block-bidirectional", "block-ingress"}
    return False


def _inbound_paths(
    vpc: Resource, subnets: Sequence[SubnetAnalysis], found: VpcResources
) -> Iterator[list[InboundPath]]:
    """Yield each interface's inbound paths, one per IP version of its addresses."""
    by_id = {aws_id(one.subnet): one for one in subnets}
    acl_of = cache(partial(_acl, found=found))
    for interface in found.of(INTERFACE):
        subnet_id = str(interface.raw_config.get("SubnetId"))
        subnet = by_id.get(subnet_id)
        # A NAT gateway's interface has a public address, but is outbound only.
        if subnet is None or interface.raw_config.get("InterfaceType") == "nat_gateway":
            continue
        groups = cache(partial(_groups, interface, found))
        blocked = _is_blocked(vpc, subnet.subnet)
        if paths := paths_to(PathTarget(interface, subnet.routing, partial(acl_of, subnet_id), groups, blocked)):
            yield paths


def _groups(interface: Resource, found: VpcResources, version: int) -> InterfaceSecurityGroups:
    """Return what the security groups of an interface allow, for one IP version."""
    attached: list[str] = []
    try:
        groups = found.groups()
        attached = [str(group["GroupId"]) for group in interface.config.items_of("Groups")]
        if not attached:
            return InterfaceSecurityGroups(public=[EVERYONE[version]])
        rules = [read_rules(groups[one].config.items_of("IpPermissions"), found.entries_of) for one in attached]
    except ODD as error:
        return InterfaceSecurityGroups(attached, error=error)
    public = [opening for one in rules for opening in from_internet(one.openings, version)]
    others = [opening for one in rules for opening in one.openings if opening not in public]
    return InterfaceSecurityGroups(attached, public, others, [rule for one in rules for rule in one.unread])


def _acl(subnet_id: str, found: VpcResources) -> Acl:
    acl_id = ""
    try:
        for acl in found.by_type[ACL]:
            acl_id = aws_id(acl)
            if any(one.get("SubnetId") == subnet_id for one in acl.config.items_of("Associations")):
                return Acl(acl_id, acl.config.items_of("Entries"))
    except ODD as error:
        return Acl(acl_id, error=error)
    return Acl(error=KeyError(f"the network ACL of {subnet_id} was not found"))
