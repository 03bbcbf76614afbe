"""What the picture of a VPC shows: its subnets by exposure, and the ways in from the internet, merged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from posture.core.arn import Arn
from posture.core.resource import Resource
from posture.drawing import vpc as drawing
from posture.drawing.vpc import Chip, Lane, Note, Outside, Row, State, Subnet, Verdict, Vpc
from posture.history.query import ResourceRecord
from posture.pages.network.inbound_sources import Reach, Sources
from posture.pages.network.interface_kinds import Kind, instance_arn, kind_of, owner_name
from posture.pages.network.isolation import SUBNET, Placement, SubnetPicture, VpcPicture
from posture.pages.network.reachability import Link, Step, Way, WayState
from posture.pages.network.reachability_history import Since
from posture.web.pictures import Panel, PanelValue
from posture.web.templatetags.words import NONE, day, figure, joined, plural

PEERING, ATTACHMENT, ENDPOINT = (
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCEndpoint",
)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NAMED_MAX = 10
"""Interfaces that a row of the table names."""
LISTED_MAX = 100
"""Ways that the table lists."""
STOPPED_BY = {
    Link.GATEWAY: "by Block Public Access",
    Link.ROUTE_TABLE: "without a route",
    Link.ACL: "by the network ACL",
    Link.GROUP: "by a security group",
}
GATEWAYS = {"vgw": "VPN gateway", "lgw": "Local gateway", "cagw": "Carrier gateway", "eigw": "Egress-only gateway"}
"""What is outside by the prefix of its id, where no listed resource of its own says more."""

STATES = {WayState.OPEN: "open", WayState.UNKNOWN: "may be open", WayState.REFUSED: "refused"}

UrlOf = Callable[[str], str]
"""Returns the page of a resource by ARN, empty where it is not the user's to see."""


@dataclass(frozen=True, slots=True)
class MergedWay:
    """Ways in with the same state, ports, kind of target and deciding link."""

    id: str
    ways: Sequence[Way]
    kind: Kind
    names: Mapping[str, str]
    """Names of instances by ARN."""
    known_since: Mapping[str, Since] = field(default_factory=dict)
    """Since when the ways are as they are, by the ARN of the interface."""

    @property
    def first(self) -> Way:
        """The way that stands for all."""
        return self.ways[0]

    @property
    def state(self) -> WayState:
        """Whether the internet gets in."""
        return self.first.state

    @property
    def number(self) -> int:
        """The number of interfaces."""
        return sum(members(way.interface) for way in self.ways)

    @property
    def ports(self) -> str:
        """The ports in words."""
        return "ports not known" if self.first.ports == "unknown" else self.first.ports

    @property
    def owners(self) -> list[str]:
        """The names of what the interfaces belong to."""
        return list(dict.fromkeys(owner_name(way.interface, self.names) for way in self.ways))

    @property
    def target(self) -> str:
        """What it leads to: a name where all belong to one, else a number of a kind."""
        names = self.owners
        if len(names) > 1 or not names[0]:
            return f"{figure(self.number)} {self.kind.noun(self.number)}"
        return names[0] if self.number == 1 else f"{names[0]}, {plural(self.number, 'interface')}"

    @property
    def source(self) -> str:
        """From where: everywhere, unless prefix lists or halves of the internet are named."""
        sources = self.first.sources
        if sources == "unknown":
            return "sources that are not known"
        named = sources not in {"", "unknown", "0.0.0.0/0", "::/0", "0.0.0.0/0 and ::/0"}
        return sources if named else "anywhere"

    @property
    def since(self) -> Since | None:
        """Since when the first of them is as it is; None where that is not known of any."""
        known = [self.known_since[way.interface.arn] for way in self.ways if way.interface.arn in self.known_since]
        return min(known, key=lambda one: (one.at, one.is_known), default=None)

    @property
    def since_words(self) -> str:
        """The same in words."""
        if self.since is None:
            return NONE
        return day(self.since.at) if self.since.is_known else f"before {day(self.since.at)}"

    @property
    def decision(self) -> str:
        """What the deciding link does, in a sentence."""
        decided = self.first.decided_by
        return decided.sentence or decided.reason or f"the {decided.link} lets it pass"


@dataclass(frozen=True, slots=True)
class WayRow:
    """A merged way in the table, with links to the interfaces."""

    way: MergedWay
    interfaces: Sequence[tuple[str, str]]
    """Names with the URLs of their pages."""
    more: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """The picture, and its ways as the page lists them."""

    panel: Panel
    rows: Sequence[WayRow]
    more: int


def members(interface: Resource) -> int:
    """Return how many interfaces a resource stands for: populations are kept with their number."""
    return int(interface.raw_observed.get("Count") or 1)


def heading(picture: VpcPicture, name: str) -> str:
    """Return what the internet reaches in a VPC."""
    certain = sum(path.certain for path in picture.paths)
    perhaps = len(picture.paths) - certain
    if certain:
        more = f", and perhaps {figure(perhaps)} more" if perhaps else ""
        return f"The internet reaches {plural(certain, 'interface')} in {name}{more}"
    if perhaps:
        return f"The internet may reach {plural(perhaps, 'interface')} in {name}"
    if picture.unseen:
        return f"What reaches {name} from the internet is unknown"
    return f"The internet reaches nothing in {name}"


def merged(
    ways: Sequence[Way], names: Mapping[str, str] | None = None, known_since: Mapping[str, Since] | None = None
) -> list[MergedWay]:
    """Return ways that differ in nothing but the interface as one, the most open and the largest first."""

    def key(way: Way) -> tuple[str, ...]:
        verdicts = ",".join(step.verdict for step in way.steps)
        return way.state, way.ports, verdicts, way.decided_by.id, kind_of(way.interface).one

    states = list(WayState)
    groups = [list(group) for _, group in groupby(sorted(ways, key=key), key=key)]
    groups.sort(key=lambda group: (states.index(group[0].state), -len(group[0].steps), -len(group), key(group[0])))
    return [
        MergedWay(f"way-{number}", group, kind_of(group[0].interface), names or {}, known_since or {})
        for number, group in enumerate(groups, 1)
    ]


def title(found: Sequence[MergedWay], picture: VpcPicture, name: str) -> str:
    """Return the point: how many ways in are open, refused and unknown."""
    counts = {state: sum(way.state is state for way in found) for state in WayState}
    if not counts[WayState.OPEN] and not counts[WayState.UNKNOWN]:
        return f"Nothing reaches {name}, as far as it was read" if picture.unseen else f"Nothing reaches {name}"
    parts: list[str] = []
    for state, words in ((WayState.OPEN, "open"), (WayState.REFUSED, "refused"), (WayState.UNKNOWN, "not read")):
        if number := counts[state]:
            verb = "could" if words == "not read" else "is" if number == 1 else "are"
            noun = "" if parts else " way in" if number == 1 else " ways in"
            end = "not be read" if words == "not read" else words
            parts.append(f"{_number(number)}{noun} {verb} {end}")
    sentence = ", ".join(parts)
    return sentence[0].upper() + sentence[1:]


def _number(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else figure(number)


def drawn(
    record: ResourceRecord,
    picture: VpcPicture,
    links: Sequence[ResourceRecord],
    unlisted: Collection[str],
    url_of: UrlOf,
    names: Mapping[str, str],
    known_since: Mapping[str, Since],
) -> Drawn:
    """Return the picture of a VPC; `unlisted` are the types of `links` that could not be listed."""
    found = merged(picture.ways, names, known_since)
    words = title(found, picture, record.name)
    panel = Panel(
        words,
        "Table",
        "#ways",
        drawing.draw(_vpc(record, picture, found, links, unlisted, url_of), words),
        ("Way in", "From", "To", "Interfaces", "Decided by", "Since", "State"),
        [_row(way) for way in found],
        id="ways-in",
        about=record.name,
    )
    rows = [_table_row(way, url_of) for way in found[:LISTED_MAX]]
    return Drawn(panel, rows, max(0, len(found) - LISTED_MAX))


def _row(way: MergedWay) -> Sequence[PanelValue]:
    return way.ports, way.source, way.target, way.number, way.decision, way.since_words, STATES[way.state]


def sources_title(reaching: Sources) -> str:
    """Return the point: how many sources outside of the VPC get in."""
    if reaching.unread:
        return "Who else reaches in is unknown"
    unknown = sum(one.reach is Reach.UNKNOWN for one in reaching.found)
    more = f", and {plural(unknown, 'rule')} could not be followed" if unknown else ""
    others = reaching.others
    if not others:
        return f"Besides the internet nothing from outside reaches in{more}"
    through = list(dict.fromkeys(one.through for one in others))
    return f"{plural(len({one.source for one in others}), 'other source')} can reach in through {joined(through)}{more}"


def arns(picture: VpcPicture) -> list[str]:
    """Return the resources to which a picture may link."""
    return [one.subnet.arn for one in picture.subnets] + [
        interface.population or interface.arn for interface in picture.interfaces or ()
    ]


def instances(picture: VpcPicture) -> set[str]:
    """Return the ARNs of the instances that ways lead to."""
    return {arn for way in picture.ways if (arn := instance_arn(way.interface))}


def _table_row(way: MergedWay, url_of: UrlOf) -> WayRow:
    shown = way.ways[:NAMED_MAX]
    return WayRow(way, [(one.interface.name, url_of(one.kept_as)) for one in shown], len(way.ways) - len(shown))


def _vpc(
    record: ResourceRecord,
    picture: VpcPicture,
    found: Sequence[MergedWay],
    links: Sequence[ResourceRecord],
    unlisted: Collection[str],
    url_of: UrlOf,
) -> Vpc:
    shown = _chosen(found)
    grid = _Grid(picture, url_of)
    rows = list(grid.rows())
    cidr = record.config.get("CidrBlock")
    return Vpc(
        name=record.name,
        id=record.arn.rsplit("/", 1)[-1],
        range=cidr if isinstance(cidr, str) else "",
        zones=grid.zone_names,
        rows=rows,
        lanes=[_lane(way) for way in shown],
        gateway=_gateway(picture),
        note=_note(picture, found, shown),
        outside=list(_outside(picture, links, unlisted, url_of)),
        gap=_gap(picture),
    )


def _gap(picture: VpcPicture) -> str:
    """Return why no subnets can be shown, empty where they were listed."""
    if picture.has_subnets:
        return ""
    kind = SUBNET.rsplit("::", 1)[-1]
    return next((words for words in picture.unseen if words.startswith(kind)), picture.unseen[0])


def _gateway(picture: VpcPicture) -> str:
    routed = [route.target for one in picture.subnets for route in one.routing.routes.values()]
    return ", ".join(dict.fromkeys([*(picture.gateways or ()), *routed]))


def _chosen(found: Sequence[MergedWay]) -> list[MergedWay]:
    """Return the ways that are drawn: the most open ones, and one that is refused where there is any."""
    shown = list(found[: drawing.LANES_MAX])
    refused = next((way for way in found if way.state is WayState.REFUSED), None)
    if refused and refused not in shown:
        shown[-1] = refused
    return shown


def _note(picture: VpcPicture, found: Sequence[MergedWay], shown: Sequence[MergedWay]) -> Note | None:
    """Return the words right of the beam: what is not drawn, or why nothing comes in."""
    rest = [way for way in found if way not in shown]
    if rest:
        return _rest_note(rest)
    if found:
        return None
    unknown = [f"{plural(picture.unknown, 'subnet is,subnets are')} not known"] if picture.unknown else []
    if picture.gateways is None:
        return Note("Gateways not listed", ["internet gateways could not be listed", *unknown])
    if not picture.gateways and not _gateway(picture):
        return Note("No internet gateway", ["so nothing comes in here", *unknown])
    if picture.interfaces is None:
        return Note("Interfaces not listed", ["so what is reached is not known"])
    return Note("Nothing reached", ["no interface has a public address", *unknown])


def _rest_note(rest: Sequence[MergedWay]) -> Note:
    states = {state: [way for way in rest if way.state is state] for state in WayState}
    words = [f"{len(ways)} {state}" for state, ways in states.items() if ways]
    noun = "way" if len(rest) == 1 else "ways"
    lines = []
    for link, how in STOPPED_BY.items():
        if number := sum(way.first.decided_by.link is link for way in states[WayState.REFUSED]):
            lines.append(f"{figure(number)} {how}")
    if len(words) == 1:
        return Note(f"{figure(len(rest))} more {noun} {words[0].split(' ', 1)[1]}", lines, "#ways")
    return Note(f"{figure(len(rest))} more {noun} in", [", ".join(words), *lines], "#ways")


def _lane(way: MergedWay) -> Lane:
    steps = [_link(way, number) for number in range(len(way.first.steps))]
    zones = {str(one.interface.raw_config.get("AvailabilityZone") or "") for one in way.ways}
    names = way.owners
    target = way.target
    if len(names) == 1 and len(zones) > 1:
        target = f"{names[0]} in {len(zones)} zones"
    chips = dict.fromkeys(_chip_key(one.interface, way.kind, way.state) for one in way.ways)
    return Lane(way.ports, target, State(way.state.value), steps, list(chips), f"#{way.id}")


def _link(way: MergedWay, number: int) -> drawing.Link:
    """Return one link of a lane; where the ways pass different ones, the first and how many more."""
    step: Step = way.first.steps[number]
    ids = list(dict.fromkeys(one.steps[number].id for one in way.ways if one.steps[number].id))
    more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
    return drawing.Link(Verdict(step.verdict.value), step.reason, f"{ids[0]}{more}" if ids else "")


def _chip_key(interface: Resource, kind: Kind, state: WayState | None) -> str:
    return f"{interface.raw_config.get('SubnetId')}/{kind.one}/{state}"


class _Grid:
    """The subnets of a VPC by exposure and zone."""

    def __init__(self, picture: VpcPicture, url_of: UrlOf) -> None:
        self.picture, self.url_of = picture, url_of
        self.states: Mapping[str, WayState] = {way.interface.arn: way.state for way in picture.ways}
        self.by_subnet: dict[str, list[Resource]] = {}
        for interface in picture.interfaces or ():
            self.by_subnet.setdefault(str(interface.raw_config.get("SubnetId")), []).append(interface)
        sizes: dict[str, int] = {}
        for one in picture.subnets:
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

    def rows(self) -> Iterator[Row]:
        """Yield a row for each exposure that there is."""
        for placement in Placement:
            subnets = [one for one in self.picture.subnets if one.placement is placement]
            if not subnets:
                continue
            cells = [self._cell([one for one in subnets if _zone(one) == zone]) for zone in self.zones]
            if self.rest:
                others = [one for one in subnets if _zone(one) in self.rest]
                cells.append([self._bundle(others, plural(len(others), "subnet"))] if others else [])
            yield Row(placement.value.capitalize(), placement.value, _reason(placement, subnets), cells)

    def _cell(self, subnets: Sequence[SubnetPicture]) -> list[Subnet]:
        """Return the subnets of a cell, those that are reached first; many are bundled into the last."""
        ordered = sorted(subnets, key=lambda one: (min(map(_rank, self._chips([one])), default=9), one.subnet.name))
        if len(ordered) <= drawing.STACK_MAX:
            return [self._subnet(one) for one in ordered]
        kept, rest = ordered[: drawing.STACK_MAX - 1], ordered[drawing.STACK_MAX - 1 :]
        return [*map(self._subnet, kept), self._bundle(rest, f"+ {len(rest)} subnets")]

    def _subnet(self, one: SubnetPicture) -> Subnet:
        cidr = str(one.subnet.raw_config.get("CidrBlock") or "")
        name = f"{one.subnet.name} · Outpost" if one.outpost else one.subnet.name
        return Subnet(name, cidr, self._chips([one]), self.url_of(one.subnet.arn))

    def _bundle(self, subnets: Sequence[SubnetPicture], name: str) -> Subnet:
        return Subnet(name, "", self._chips(subnets), "#subnets")

    def _chips(self, subnets: Sequence[SubnetPicture]) -> list[Chip]:
        """Return interfaces by kind and by how far the internet gets to them, reached ones first."""
        if self.picture.interfaces is None:
            return [Chip("", "interfaces not listed", None)]
        groups: dict[tuple[Kind, WayState | None], list[Resource]] = {}
        for one in subnets:
            for interface in self.by_subnet.get(Arn.parse(one.subnet.arn).name, ()):
                groups.setdefault((kind_of(interface), self.states.get(interface.arn)), []).append(interface)
        chips = [self._chip(kind, state, found) for (kind, state), found in groups.items()]
        return sorted(chips, key=lambda chip: (_rank(chip), -(chip.count or 0), chip.noun))

    def _chip(self, kind: Kind, state: WayState | None, found: Sequence[Resource]) -> Chip:
        number = sum(map(members, found))
        one = found[0]
        url = self.url_of(one.population or one.arn) if len(found) == 1 else "#subnets"
        shown = State(state.value) if state else None
        return Chip(_chip_key(one, kind, state), kind.noun(number), number, shown, url)


def _rank(chip: Chip) -> int:
    return list(State).index(chip.state) if chip.state else len(State)


def _zone(one: SubnetPicture) -> str:
    return str(one.subnet.raw_config.get("AvailabilityZone") or "")


def _reason(placement: Placement, subnets: Sequence[SubnetPicture]) -> str:
    """Return why subnets are in a row."""
    if placement is Placement.PUBLIC:
        return "a route leads to the internet gateway"
    if placement is Placement.ISOLATED:
        return "no route out"
    if placement is Placement.UNKNOWN:
        return "routes could not be read"
    prefixes = {target.split("-", 1)[0] for one in subnets for target in one.targets}
    if "nat" in prefixes:
        return "out only, through a NAT gateway"
    if "eigw" in prefixes:
        return "out only, over IPv6"
    return "leads to other networks" if prefixes - {"vpce"} else "leads to AWS services only"


def _outside(
    picture: VpcPicture, links: Sequence[ResourceRecord], unlisted: Collection[str], url_of: UrlOf
) -> Iterator[Outside]:
    """Yield what ties the VPC to other networks and to AWS's services, alike ones counted."""
    for kind, one, many in (
        (ATTACHMENT, "Transit gateway", "transit gateways"),
        (PEERING, "Peering", "peerings"),
        (ENDPOINT, "Gateway endpoint", "gateway endpoints"),
    ):
        found = [link for link in links if link.type == kind and (kind != ENDPOINT or _is_gateway(link))]
        if kind in unlisted:
            yield Outside(f"{one}s", "could not be listed", is_unread=True)
        elif found:
            row = _row_of(picture, {_target_id(link) for link in found})
            name = one if len(found) == 1 else f"{len(found)} {many}"
            url = url_of(found[0].arn) if len(found) == 1 else "#outbound"
            detail = joined([_outside_name(link) for link in found]) if len(found) < 4 else ""  # noqa: PLR2004 - few
            yield Outside(name, detail, row, url=url)
    for prefix, name in GATEWAYS.items():
        ids = list(dict.fromkeys(to for each in picture.subnets for to in each.targets if to.startswith(f"{prefix}-")))
        if ids:
            yield Outside(name, joined(ids), _row_of(picture, set(ids)), url="#outbound")


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


def _row_of(picture: VpcPicture, ids: Collection[str]) -> str:
    """Return the row whose routes lead to one of the ids; the last one where none does."""
    for placement in (Placement.PRIVATE, Placement.ISOLATED, Placement.PUBLIC, Placement.UNKNOWN):
        if any(one.placement is placement and set(one.targets) & set(ids) for one in picture.subnets):
            return placement.value
    return ""
