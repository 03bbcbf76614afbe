"""How isolated a VPC is: which subnets lead to the internet, and which interfaces it reaches, by which chain.

Pure: works on the core's resources of one account and region, knows no database. What rests on a
value or a listing that could not be read is said to be unknown, never to be closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from posture.core.arn import Arn
from posture.core.network import Opening, admitted_port, from_internet, openings
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.values import Fields, UnknownFieldError

EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})

ROUTE_TABLE = "AWS::EC2::RouteTable"
SUBNET = "AWS::EC2::Subnet"
INTERFACE = "AWS::EC2::NetworkInterface"
GROUP = "AWS::EC2::SecurityGroup"
ACL = "AWS::EC2::NetworkAcl"
NEEDED = (ROUTE_TABLE, SUBNET, INTERFACE, GROUP, ACL)
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
class VpcPicture:
    """What is public in a VPC, what reaches it and what it reaches."""

    vpc: Resource
    subnets: tuple[SubnetPicture, ...] = ()
    paths: tuple[Path, ...] = ()
    reaches: tuple[str, ...] = ()
    unseen: tuple[str, ...] = field(default=())
    """What could not be read, in words."""

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


def draw(vpc: Resource, around: Neighbourhood) -> VpcPicture:
    """Draw the picture of one VPC from the resources and gaps of its account."""
    vpc_id = Arn.parse(vpc.arn).name
    found: dict[str, list[Resource]] = {}
    unseen = []
    for kind in NEEDED:
        try:
            found[kind] = [one for one in around.here(kind, vpc.region) if one.config.get("VpcId") == vpc_id]
        except UnknownFieldError as error:
            unseen.append(f"{kind.rsplit('::', 1)[-1]} could not be listed: {error.unknown}")
    unseen += [f"the routes of {_id(one)} could not be read" for one in found.get(ROUTE_TABLE, []) if not _routed(one)]
    subnets = tuple(_subnet(subnet, found) for subnet in found.get(SUBNET, []))
    return VpcPicture(
        vpc=vpc,
        subnets=tuple(sorted(subnets, key=lambda one: (list(Placement).index(one.placement), one.subnet.name))),
        paths=() if _blocked(vpc) else tuple(_paths(subnets, found)),
        reaches=tuple(_reaches(found.get(ROUTE_TABLE, []))),
        unseen=tuple(unseen),
    )


def _blocked(vpc: Resource) -> bool:
    """Tell whether VPC block public access keeps the internet out, whatever routes and groups say."""
    states = vpc.raw_config.get("BlockPublicAccessStates")
    mode = states.get("InternetGatewayBlockMode") if isinstance(states, Mapping) else None
    return mode in {"block-bidirectional", "block-ingress"}


def _subnet(subnet: Resource, found: dict[str, list[Resource]]) -> SubnetPicture:
    subnet_id = _id(subnet)
    interfaces = sum(_in(interface, subnet_id) for interface in found.get(INTERFACE, []))
    outpost = str(subnet.raw_config.get("OutpostArn") or "")
    try:
        placement, route = _placed(subnet_id, found)
    except (UnknownFieldError, KeyError) as error:
        placement, route = Placement.UNKNOWN, f"its route table is not known ({error})"
    return SubnetPicture(subnet, placement, route, interfaces, outpost)


def _in(interface: Resource, subnet_id: str) -> int:
    if interface.raw_config.get("SubnetId") != subnet_id:
        return 0
    # Populations of service-managed interfaces stand as one resource with a count.
    return int(interface.raw_observed.get("Count") or 1)


def _placed(subnet_id: str, found: dict[str, list[Resource]]) -> tuple[Placement, str]:
    if ROUTE_TABLE not in found:
        return Placement.UNKNOWN, "route tables could not be listed"
    table = _table_of(subnet_id, found[ROUTE_TABLE])
    if table is None:
        return Placement.UNKNOWN, "no route table of it was found"
    for route in table.config.items_of("Routes"):
        if _to_everywhere(route) and route.get("State") != "blackhole":
            target = _target(route)
            where = f"{_id(table)} sends {_destination(route)} to {target}"
            return (Placement.PUBLIC if target.startswith("igw-") else Placement.PRIVATE), where
    others = [_target(route) for route in table.config.items_of("Routes") if _target(route) != "local"]
    if others:
        return Placement.PRIVATE, f"{_id(table)} leads to {', '.join(dict.fromkeys(others))}, not everywhere"
    return Placement.ISOLATED, f"{_id(table)} has no route out"


def _table_of(subnet_id: str, tables: Iterable[Resource]) -> Resource | None:
    main = None
    for table in tables:
        for association in table.config.items_of("Associations"):
            if association.get("SubnetId") == subnet_id:
                return table
            if association.get("Main"):
                main = table
    return main


def _to_everywhere(route: Fields) -> bool:
    return _destination(route) in EVERYWHERE


def _destination(route: Fields) -> str:
    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next((str(route[key]) for key in keys if route.get(key)), "?")


TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "NetworkInterfaceId",
    "InstanceId",
)


def _target(route: Fields) -> str:
    return next((str(route[key]) for key in TARGETS if route.get(key)), "?")


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
            target = _target(route)
            if target not in {"local", "?"} and route.get("State") != "blackhole":
                seen.setdefault(target, set()).add(_destination(route))
    return [_reached(target, sorted(ranges)) for target, ranges in sorted(seen.items())]


def _routed(table: Resource) -> bool:
    return table.config.known("Routes")


def _reached(target: str, ranges: Sequence[str]) -> str:
    words = REACHED.get(target.split("-", 1)[0], "something else through")
    end = f" {target}" if words != "the internet" else f" through {target}"
    return f"{words}{end} ({', '.join(ranges)})"


def _paths(subnets: Sequence[SubnetPicture], found: dict[str, list[Resource]]) -> Iterable[Path]:
    by_id = {_id(picture.subnet): picture for picture in subnets}
    for interface in found.get(INTERFACE, []):
        picture = by_id.get(str(interface.raw_config.get("SubnetId")))
        reachable = picture is not None and picture.placement in {Placement.PUBLIC, Placement.UNKNOWN}
        # A NAT gateway's interface has a public address, but lets out only.
        lets_in = interface.raw_config.get("InterfaceType") != "nat_gateway"
        if picture is not None and reachable and lets_in and _has_public_address(interface):
            path = _path(interface, picture, found)
            if path is not None:
                yield path


def _has_public_address(interface: Resource) -> bool:
    # On an Outpost an address of the customer's own pool is associated as well, and is not public.
    association = interface.raw_config.get("Association")
    return bool(association) and not (isinstance(association, Mapping) and "CustomerOwnedIp" in association)


def _path(interface: Resource, picture: SubnetPicture, found: dict[str, list[Resource]]) -> Path | None:
    address = interface.raw_observed.get("Association", {}).get("PublicIp") or "a public address"
    chain = [f"{_id(interface)} has {address}", picture.route]
    try:
        let_in, groups = _let_in(interface, found)
        ports = _ports(let_in)
        if groups and not let_in:
            return None
        admitted = _admitted(picture, let_in, found)
        if admitted is None:
            return None
    except (UnknownFieldError, KeyError) as error:
        return Path(interface, "unknown", "unknown", (*chain, f"not all rules could be read: {error}"), certain=False)
    sources = " and ".join(dict.fromkeys(str(one.source) for one in let_in)) or "anywhere"
    rule = f"{', '.join(groups)} lets in {sources} on {ports}" if groups else "no security group guards it"
    return Path(interface, ports, sources, (*chain, admitted, rule), picture.placement is Placement.PUBLIC)


def _let_in(interface: Resource, found: dict[str, list[Resource]]) -> tuple[list[Opening], list[str]]:
    groups = {_id(group): group for group in found[GROUP]}
    attached = [str(group["GroupId"]) for group in interface.config.items_of("Groups")]
    let_in = [
        opening
        for group_id in attached
        for opening in from_internet(list(openings(groups[group_id].config.items_of("IpPermissions"))))
    ]
    return let_in, attached


def _admitted(picture: SubnetPicture, let_in: Sequence[Opening], found: dict[str, list[Resource]]) -> str | None:
    """Return the sentence on the subnet's network ACL, None where it closes every port that the groups open."""
    subnet_id = _id(picture.subnet)
    for acl in found[ACL]:
        if any(one.get("SubnetId") == subnet_id for one in acl.config.items_of("Associations")):
            ports = sorted({port for one in let_in for port in (one.first, one.last)}) or [443]
            admitted = admitted_port(acl.config.items_of("Entries"), ports, ("tcp", "udp", "icmp"))
            return f"{_id(acl)} lets in port {admitted[0]}" if admitted else None
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
