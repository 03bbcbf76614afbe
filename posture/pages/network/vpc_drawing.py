"""The drawing of a VPC: its subnets, inbound paths and outside networks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from posture.core.arn import Arn
from posture.core.resource import Resource
from posture.drawing import vpc as drawing
from posture.drawing.vpc import Lane, LineState, LinkVerdict, Note, Outside, Subnet, SubnetChip, SubnetRow, Vpc
from posture.history.query import ResourceRecord
from posture.pages.network.interface_kinds import InterfaceKind, kind_of
from posture.pages.network.path_groups import PathGroup
from posture.pages.network.reachability import Link, PathState, PathStep
from posture.pages.network.subnets import Placement, SubnetAnalysis
from posture.pages.network.vpc_analysis import VpcAnalysis
from posture.pages.network.vpc_resources import SUBNET, interface_count
from posture.web.templatetags.words import figure, joined, plural

PEERING, ATTACHMENT, ENDPOINT = (
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCEndpoint",
)
STOPPED_BY = {
    Link.GATEWAY: "by Block Public Access",
    Link.ROUTE_TABLE: "without a route",
    Link.ACL: "by the network ACL",
    Link.GROUP: "by a security group",
}
GATEWAYS = {"vgw": "VPN gateway", "lgw": "Local gateway", "cagw": "Carrier gateway", "eigw": "Egress-only gateway"}
"""What is outside, by the prefix of its id, if no resource of its own is listed."""

UrlOf = Callable[[str], str]
"""Returns the page of a resource by ARN, empty if it is out of scope."""


def vpc_drawing(
    record: ResourceRecord,
    analysis: VpcAnalysis,
    found: Sequence[PathGroup],
    links: Sequence[ResourceRecord],
    unlisted: Collection[str],
    url_of: UrlOf,
) -> Vpc:
    """Return a VPC's drawing; `unlisted` are types of `links` without a listing."""
    shown = _chosen(found)
    grid = _Grid(analysis, url_of)
    rows = list(grid.rows())
    cidr = record.config.get("CidrBlock")
    return Vpc(
        name=record.name,
        id=record.arn.rsplit("/", 1)[-1],
        range=cidr if isinstance(cidr, str) else "",
        zones=grid.zone_names,
        rows=rows,
        lanes=[_lane(path) for path in shown],
        gateway=_gateway(analysis),
        note=_note(analysis, found, shown),
        outside=list(_outside(analysis, links, unlisted, url_of)),
        gap=_gap(analysis),
    )


def _gap(analysis: VpcAnalysis) -> str:
    """Return why no subnets can be shown, empty if they were listed."""
    if analysis.has_subnets:
        return ""
    kind = SUBNET.rsplit("::", 1)[-1]
    return next((words for words in analysis.unseen if words.startswith(kind)), analysis.unseen[0])


def _gateway(analysis: VpcAnalysis) -> str:
    routed = [route.target for one in analysis.subnets for route in one.routing.routes.values()]
    return ", ".join(dict.fromkeys([*(analysis.gateways or ()), *routed]))


def _chosen(found: Sequence[PathGroup]) -> list[PathGroup]:
    """Return the paths to draw: the most open ones, and one refused if there is any."""
    shown = list(found[: drawing.LANES_MAX])
    refused = next((path for path in found if path.state is PathState.REFUSED), None)
    if refused and refused not in shown:
        shown[-1] = refused
    return shown


def _note(analysis: VpcAnalysis, found: Sequence[PathGroup], shown: Sequence[PathGroup]) -> Note | None:
    """Return the note right of the beam: what is not drawn, or why nothing comes in."""
    rest = [path for path in found if path not in shown]
    if rest:
        return _rest_note(rest)
    if found:
        return None
    unknown = [f"{plural(analysis.unknown, 'subnet is,subnets are')} unknown"] if analysis.unknown else []
    if analysis.gateways is None:
        return Note("Gateways not listed", ["internet gateways could not be listed", *unknown])
    if not analysis.gateways and not _gateway(analysis):
        return Note("No internet gateway", ["nothing can come in", *unknown])
    if analysis.interfaces is None:
        return Note("Interfaces not listed", ["what is reached is unknown"])
    return Note("Nothing reached", ["no interface has a public address", *unknown])


def _rest_note(rest: Sequence[PathGroup]) -> Note:
    states = {state: [path for path in rest if path.state is state] for state in PathState}
    words = [f"{len(paths)} {state}" for state, paths in states.items() if paths]
    noun = "path" if len(rest) == 1 else "paths"
    lines = []
    for link, how in STOPPED_BY.items():
        if number := sum(path.first.decided_by.link is link for path in states[PathState.REFUSED]):
            lines.append(f"{figure(number)} {how}")
    if len(words) == 1:
        return Note(f"{figure(len(rest))} more {noun} {words[0].split(' ', 1)[1]}", lines, "#paths")
    return Note(f"{figure(len(rest))} more {noun} in", [", ".join(words), *lines], "#paths")


def _lane(path: PathGroup) -> Lane:
    steps = [_link(path, number) for number in range(len(path.first.steps))]
    zones = {str(one.interface.raw_config.get("AvailabilityZone") or "") for one in path.paths}
    names = path.owners
    target = path.target
    if len(names) == 1 and len(zones) > 1:
        target = f"{names[0]} in {len(zones)} zones"
    chips = dict.fromkeys(_chip_key(one.interface, path.kind, path.state) for one in path.paths)
    return Lane(path.ports, target, LineState(path.state.value), steps, list(chips), f"#{path.id}")


def _link(path: PathGroup, number: int) -> drawing.ChainLink:
    """Return one link of a lane; of several, the first and how many more."""
    step: PathStep = path.first.steps[number]
    ids = list(dict.fromkeys(one.steps[number].id for one in path.paths if one.steps[number].id))
    more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
    return drawing.ChainLink(LinkVerdict(step.verdict.value), step.reason, f"{ids[0]}{more}" if ids else "")


def _chip_key(interface: Resource, kind: InterfaceKind, state: PathState | None) -> str:
    return f"{interface.raw_config.get('SubnetId')}/{kind.one}/{state}"


class _Grid:
    """The subnets of a VPC by placement and zone."""

    def __init__(self, analysis: VpcAnalysis, url_of: UrlOf) -> None:
        self.analysis, self.url_of = analysis, url_of
        self.states: Mapping[str, PathState] = {path.interface.arn: path.state for path in analysis.paths}
        self.by_subnet: dict[str, list[Resource]] = {}
        for interface in analysis.interfaces or ():
            self.by_subnet.setdefault(str(interface.raw_config.get("SubnetId")), []).append(interface)
        sizes: dict[str, int] = {}
        for one in analysis.subnets:
            sizes[_zone(one)] = sizes.get(_zone(one), 0) + one.interfaces
        self.zones, self.rest = sorted(sizes), []
        if len(sizes) > drawing.ZONES_MAX:
            largest = sorted(sizes, key=lambda zone: (-sizes[zone], zone))
            self.zones = sorted(largest[: drawing.ZONES_MAX - 1])
            self.rest = sorted(largest[drawing.ZONES_MAX - 1 :])

    @property
    def zone_names(self) -> list[str]:
        """The names of the columns."""
        names = [zone or "no zone named" for zone in self.zones]
        return [*names, f"+ {len(self.rest)} zones"] if self.rest else names

    def rows(self) -> Iterator[SubnetRow]:
        """Yield a row for each placement in use."""
        for placement in Placement:
            subnets = [one for one in self.analysis.subnets if one.placement is placement]
            if not subnets:
                continue
            cells = [self._cell([one for one in subnets if _zone(one) == zone]) for zone in self.zones]
            if self.rest:
                others = [one for one in subnets if _zone(one) in self.rest]
                cells.append([self._bundle(others, plural(len(others), "subnet"))] if others else [])
            yield SubnetRow(placement.value.capitalize(), placement.value, _reason(placement, subnets), cells)

    def _cell(self, subnets: Sequence[SubnetAnalysis]) -> list[Subnet]:
        """Return the subnets of a cell, reached ones first; many are bundled."""
        ordered = sorted(subnets, key=lambda one: (min(map(_rank, self._chips([one])), default=9), one.subnet.name))
        if len(ordered) <= drawing.STACK_MAX:
            return [self._subnet(one) for one in ordered]
        kept, rest = ordered[: drawing.STACK_MAX - 1], ordered[drawing.STACK_MAX - 1 :]
        return [*map(self._subnet, kept), self._bundle(rest, f"+ {len(rest)} subnets")]

    def _subnet(self, one: SubnetAnalysis) -> Subnet:
        cidr = str(one.subnet.raw_config.get("CidrBlock") or "")
        name = f"{one.subnet.name} · Outpost" if one.outpost else one.subnet.name
        return Subnet(name, cidr, self._chips([one]), self.url_of(one.subnet.arn))

    def _bundle(self, subnets: Sequence[SubnetAnalysis], name: str) -> Subnet:
        return Subnet(name, "", self._chips(subnets), "#subnets")

    def _chips(self, subnets: Sequence[SubnetAnalysis]) -> list[SubnetChip]:
        """Return interfaces by kind and path state, reached ones first."""
        if self.analysis.interfaces is None:
            return [SubnetChip("", "interfaces not listed", None)]
        groups: dict[tuple[InterfaceKind, PathState | None], list[Resource]] = {}
        for one in subnets:
            for interface in self.by_subnet.get(Arn.parse(one.subnet.arn).name, ()):
                groups.setdefault((kind_of(interface), self.states.get(interface.arn)), []).append(interface)
        chips = [self._chip(kind, state, found) for (kind, state), found in groups.items()]
        return sorted(chips, key=lambda chip: (_rank(chip), -(chip.count or 0), chip.noun))

    def _chip(self, kind: InterfaceKind, state: PathState | None, found: Sequence[Resource]) -> SubnetChip:
        number = sum(map(interface_count, found))
        one = found[0]
        url = self.url_of(one.population or one.arn) if len(found) == 1 else "#subnets"
        shown = LineState(state.value) if state else None
        return SubnetChip(_chip_key(one, kind, state), kind.noun(number), number, shown, url)


def _rank(chip: SubnetChip) -> int:
    return list(LineState).index(chip.state) if chip.state else len(LineState)


def _zone(one: SubnetAnalysis) -> str:
    return str(one.subnet.raw_config.get("AvailabilityZone") or "")


def _reason(placement: Placement, subnets: Sequence[SubnetAnalysis]) -> str:
    """Return why subnets are in a row."""
    if placement is Placement.PUBLIC:
        return "a route leads to the internet gateway"
    if placement is Placement.ISOLATED:
        return "no route out"
    if placement is Placement.UNKNOWN:
        return "routes could not be read"
    prefixes = {target.split("-", 1)[0] for one in subnets for target in one.targets}
    if "nat" in prefixes:
        return "outbound only, through a NAT gateway"
    if "eigw" in prefixes:
        return "outbound only, over IPv6"
    return "leads to other networks" if prefixes - {"vpce"} else "leads to AWS services only"


def _outside(
    analysis: VpcAnalysis, links: Sequence[ResourceRecord], unlisted: Collection[str], url_of: UrlOf
) -> Iterator[Outside]:
    """Yield connections to other networks and to AWS's services, counted by kind."""
    for kind, one, many in (
        (ATTACHMENT, "Transit gateway", "transit gateways"),
        (PEERING, "Peering", "peerings"),
        (ENDPOINT, "Gateway endpoint", "gateway endpoints"),
    ):
        found = [link for link in links if link.type == kind and (kind != ENDPOINT or _is_gateway(link))]
        if kind in unlisted:
            yield Outside(f"{one}s", "could not be listed", is_unread=True)
        elif found:
            row = _row_of(analysis, {_target_id(link) for link in found})
            name = one if len(found) == 1 else f"{len(found)} {many}"
            url = url_of(found[0].arn) if len(found) == 1 else "#outbound"
            detail = joined([_outside_name(link) for link in found]) if len(found) < 4 else ""  # noqa: PLR2004 - few
            yield Outside(name, detail, row, url=url)
    for prefix, name in GATEWAYS.items():
        ids = list(dict.fromkeys(to for each in analysis.subnets for to in each.targets if to.startswith(f"{prefix}-")))
        if ids:
            yield Outside(name, joined(ids), _row_of(analysis, set(ids)), url="#outbound")


def _is_gateway(link: ResourceRecord) -> bool:
    return str(link.config.get("VpcEndpointType")) == "Gateway"


def _outside_name(link: ResourceRecord) -> str:
    if link.type == ENDPOINT:
        return str(link.config.get("ServiceName") or link.name).rsplit(".", 1)[-1]
    return link.name


def _target_id(link: ResourceRecord) -> str:
    """Return the id by which routes name a link."""
    if link.type == ATTACHMENT:
        return str(link.config.get("TransitGatewayId"))
    return link.arn.rsplit("/", 1)[-1]


def _row_of(analysis: VpcAnalysis, ids: Collection[str]) -> str:
    """Return the row whose routes lead to one of the ids; empty if none does."""
    for placement in (Placement.PRIVATE, Placement.ISOLATED, Placement.PUBLIC, Placement.UNKNOWN):
        if any(one.placement is placement and set(one.targets) & set(ids) for one in analysis.subnets):
            return placement.value
    return ""
