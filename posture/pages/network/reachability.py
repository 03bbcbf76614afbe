"""How far the internet gets to an interface: by which links of the chain, and which of them stops it.

Pure: works on the core's resources. A link that certainly stops a packet closes the way, whatever could not be
read of the others; what rests on an unread link is unknown.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from posture.core.arn import Arn
from posture.core.network import LAST_PORT, Opening, PortRange, UnreadRule, admitted_in, is_internet, network_of
from posture.core.resource import Resource
from posture.core.values import Fields, UnknownFieldError

ODD = (UnknownFieldError, LookupError, ValueError, TypeError, AttributeError)
"""What reading a configuration raises that is unknown, or of another shape than AWS documents."""
IP_VERSIONS = (4, 6)
EVERYONE = {
    4: Opening("-1", 0, LAST_PORT, network_of("0.0.0.0/0"), ""),
    6: Opening("-1", 0, LAST_PORT, network_of("::/0"), ""),
}
"""What is let in where no security group guards an interface, by IP version."""
PORTS_MAX = 4
DEFAULT_RULE = 32767
"""The number of a network ACL's last rule, which denies what no other rule allows."""


class Link(StrEnum):
    """What a packet from the internet passes on its way to an interface, in this order."""

    GATEWAY = "internet gateway"
    ROUTE_TABLE = "route table"
    ACL = "network ACL"
    GROUP = "security group"


class Verdict(StrEnum):
    """What a link does to a packet from the internet, or that it could not be read."""

    PASSES = "passes"
    STOPS = "stops"
    UNREAD = "unread"


class WayState(StrEnum):
    """Whether the internet gets to an interface, from most to least open."""

    OPEN = "open"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RouteTo:
    """A route of a table, by the ids of the table and of what it leads to."""

    table: str
    destination: str
    target: str

    def __str__(self) -> str:
        return f"{self.table} sends {self.destination} to {self.target}"


@dataclass(frozen=True, slots=True)
class Routing:
    """The routes of a subnet from internet gateways."""

    table: str = ""
    """The id of its route table, empty where that is not known."""
    words: str = ""
    routes: Mapping[int, RouteTo] = field(default_factory=dict)
    """By IP version."""
    unknown: frozenset[int] = frozenset()
    """The IP versions for which there may be such a route."""


@dataclass(frozen=True, slots=True)
class Acl:
    """The network ACL of a subnet, or why it could not be read."""

    id: str = ""
    entries: Sequence[Fields] = ()
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """What the security groups of an interface let in, or why they could not be read."""

    ids: Sequence[str] = ()
    let_in: Sequence[Opening] = ()
    """Openings to the internet."""
    others: Sequence[Opening] = ()
    """Openings to narrower sources."""
    unread: Sequence[UnreadRule] = ()
    error: Exception | None = None

    @property
    def id(self) -> str:
        """The groups by their ids."""
        return ", ".join(self.ids)


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a way and what it does: `reason` in a few words, `sentence` in full."""

    link: Link
    verdict: Verdict
    id: str = ""
    reason: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """How far the internet gets to one interface with a public address, up to the link that stops it."""

    interface: Resource
    state: WayState
    steps: tuple[Step, ...]
    address: str = ""
    ports: str = ""
    sources: str = ""

    @property
    def decided_by(self) -> Step:
        """The link that stops it or could not be read; where all let it pass, the last one."""
        for verdict in (Verdict.STOPS, Verdict.UNREAD):
            for step in self.steps:
                if step.verdict is verdict:
                    return step
        return self.steps[-1]

    @property
    def kept_as(self) -> str:
        """The ARN under which the inventory keeps the interface: its own, or that of its population."""
        return self.interface.population or self.interface.arn

    @property
    def sentences(self) -> tuple[str, ...]:
        """The chain in full sentences."""
        return tuple(words for words in (self.address, *(step.sentence for step in self.steps)) if words)


@dataclass(frozen=True, slots=True)
class Target:
    """An interface and the links before it; the last two are read only where there is an address and a route."""

    interface: Resource
    routing: Routing
    acl: Callable[[], Acl]
    groups: Callable[[int], Groups]
    """Takes the IP version."""
    is_blocked: bool = False
    """Whether VPC block public access keeps the internet out."""


def ways_to(target: Target) -> list[Way]:
    """Return how far the internet gets to an interface: a way for each version of IP that it has an address of."""
    return [way for version in IP_VERSIONS if (way := _way(target, version))]


def merge(ways: Sequence[Way]) -> Way:
    """Return the most open of an interface's ways; of two that are refused, the one that gets further."""
    state = min((way.state for way in ways), key=list(WayState).index)
    same = sorted((way for way in ways if way.state is state), key=lambda way: -len(way.steps))
    ports = ", ".join(dict.fromkeys(way.ports for way in same))
    sources = " and ".join(dict.fromkeys(way.sources for way in same))
    return replace(same[0], ports=ports, sources=sources) if state is WayState.OPEN else same[0]


def _way(target: Target, version: int) -> Way | None:
    routing = target.routing
    may_be_routed = version in routing.routes or version in routing.unknown
    try:
        address = address_of(target.interface, version)
    except ODD as error:
        # Without a route it does not matter whether there is an address.
        if target.is_blocked or not may_be_routed:
            return None
        step = Step(Link.GATEWAY, Verdict.UNREAD, "", "addresses could not be read", _unread(error))
        return _unknown(target, "", (step,))
    if not address:
        return None
    return _way_to(target, version, f"{Arn.parse(target.interface.arn).name} has {address}")


def _way_to(target: Target, version: int, address: str) -> Way:
    """Return how far the internet gets to an address."""
    steps: tuple[Step, ...] = _routed(target.routing, version)
    if target.is_blocked:
        steps = (Step(Link.GATEWAY, Verdict.STOPS, "", "blocked by VPC settings", "VPC Block Public Access is on"),)
    if steps[-1].verdict is Verdict.STOPS:
        return Way(target.interface, WayState.REFUSED, steps, address, "every port")
    try:
        return _guarded(target, version, address, steps)
    except ODD as error:
        return _unknown(target, address, (*steps, _acl_step(replace(target.acl(), error=error))))


def _routed(routing: Routing, version: int) -> tuple[Step, Step]:
    """Return what the internet gateway and the route table do."""
    if route := routing.routes.get(version):
        reason = f"{route.destination} to {route.target}"
        gateway = Step(Link.GATEWAY, Verdict.PASSES, route.target)
        return gateway, Step(Link.ROUTE_TABLE, Verdict.PASSES, route.table, reason, str(route))
    gateway = Step(Link.GATEWAY, Verdict.PASSES)
    if version in routing.unknown:
        reason = "routes could not be read"
        return gateway, Step(Link.ROUTE_TABLE, Verdict.UNREAD, routing.table, reason, routing.words)
    words = f"{routing.table or 'its route table'} has no route from an internet gateway for IPv{version}"
    return gateway, Step(Link.ROUTE_TABLE, Verdict.STOPS, routing.table, "no route from the internet", words)


def _guarded(target: Target, version: int, address: str, steps: tuple[Step, ...]) -> Way:
    """Return how far the internet gets past the network ACL and the security groups."""
    acl, groups = target.acl(), target.groups(version)
    if not acl.error and not groups.error and (groups.let_in or groups.unread):
        return _both_read(target, version, address, steps)
    if not acl.error and not admitted_in(acl.entries, EVERYONE[version], version):
        return _stopped_by_acl(target, version, address, steps, [EVERYONE[version]])
    if not groups.error and not groups.let_in and not groups.unread:
        stop = Step(Link.GROUP, Verdict.STOPS, groups.id, _narrow(groups), _refusal(groups))
        ports = ports_of(groups.others) if groups.others else "every port"
        return Way(target.interface, WayState.REFUSED, (*steps, _acl_step(acl), stop), address, ports)
    by_acl = _acl_step(acl)
    if acl.error or not groups.error:
        return _unknown(target, address, (*steps, by_acl))
    step = Step(Link.GROUP, Verdict.UNREAD, groups.id, "rules could not be read", _unread(groups.error))
    return _unknown(target, address, (*steps, by_acl, step))


def _both_read(target: Target, version: int, address: str, steps: tuple[Step, ...]) -> Way:
    acl, groups = target.acl(), target.groups(version)
    admitted = [(one, by) for one in groups.let_in if (by := admitted_in(acl.entries, one, version))]
    if not admitted and not admitted_in(acl.entries, EVERYONE[version], version):
        return _stopped_by_acl(target, version, address, steps, [EVERYONE[version]])
    if not admitted:
        # What is known is closed; only a list that could not be read may still open it.
        for rule in groups.unread:
            if admitted_in(acl.entries, rule, version):
                reason = f"{ports_of([rule])} from a list, not read"
                step = Step(Link.GROUP, Verdict.UNREAD, groups.id, reason, _unread(rule.error()))
                return _unknown(target, address, (*steps, _acl_step(acl), step), ports_of([rule]))
        return _stopped_by_acl(target, version, address, steps, [*groups.let_in, *groups.unread])
    passing = [one for one, _ in admitted]
    port, path = admitted[0][1]
    sources, ports = " and ".join(dict.fromkeys(one.label for one in passing)), ports_of(passing)
    by_acl = Step(Link.ACL, Verdict.PASSES, acl.id, _rule(acl, path), f"{acl.id} lets in port {port}")
    named = f"{groups.id} lets in {sources} on {ports}" if groups.ids else "no security group guards it"
    reason = f"{ports} from {_short_sources(passing)}" if groups.ids else "no security group"
    by_group = Step(Link.GROUP, Verdict.PASSES, groups.id, reason, named)
    state = WayState.OPEN if all(step.verdict is Verdict.PASSES for step in steps) else WayState.UNKNOWN
    return Way(target.interface, state, (*steps, by_acl, by_group), address, ports, sources)


def _stopped_by_acl(
    target: Target, version: int, address: str, steps: tuple[Step, ...], spans: Sequence[PortRange]
) -> Way:
    acl, ports = target.acl(), ports_of(spans)
    number = _denying(acl.entries, spans, version)
    reason = f"rule {number} denies {ports}" if number else f"no rule allows {ports}"
    stop = Step(Link.ACL, Verdict.STOPS, acl.id, reason, f"{acl.id}: {reason} from the internet")
    return Way(target.interface, WayState.REFUSED, (*steps, stop), address, ports)


def _denying(entries: Sequence[Fields], spans: Sequence[PortRange], version: int) -> int:
    """Return the number of the first rule that denies the internet any of the spans, 0 where none is written."""
    family = "Ipv6CidrBlock" if version == 6 else "CidrBlock"  # noqa: PLR2004 - IP's version
    numbers = [
        int(entry["RuleNumber"])
        for entry in entries
        if entry.get("RuleAction") == "deny" and not entry.get("Egress") and _covers(entry, family, spans)
    ]
    return min((number for number in numbers if number < DEFAULT_RULE), default=0)


def _covers(entry: Fields, family: str, spans: Sequence[PortRange]) -> bool:
    if not entry.get(family) or not is_internet(network_of(entry[family])):
        return False
    ports = entry.get("PortRange") or {"From": 0, "To": LAST_PORT}
    return any(ports["From"] <= span.last and span.first <= ports["To"] for span in spans)


def _acl_step(acl: Acl) -> Step:
    """Return the step of a network ACL that does not stop everything."""
    if acl.error:
        return Step(Link.ACL, Verdict.UNREAD, acl.id, "rules could not be read", _unread(acl.error))
    return Step(Link.ACL, Verdict.PASSES, acl.id, "lets in the internet", f"{acl.id} lets in the internet")


def _rule(acl: Acl, path: str) -> str:
    entry = acl.entries[int(path.removeprefix("Entries[").removesuffix("]"))]
    what = "allows all" if str(entry.get("Protocol", "-1")) == "-1" else "allows it"
    return f"rule {entry['RuleNumber']} {what}"


def _unknown(target: Target, address: str, steps: tuple[Step, ...], ports: str = "unknown") -> Way:
    return Way(target.interface, WayState.UNKNOWN, steps, address, ports, "unknown")


def _unread(error: Exception) -> str:
    return f"not all rules could be read: {error}"


def _narrow(groups: Groups) -> str:
    """Return what groups let in that do not let in the internet."""
    if not groups.others:
        return "lets in no address range"
    sources = list(dict.fromkeys(one.label for one in groups.others))
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else " only"
    return f"{ports_of(groups.others)} from {sources[0]}{more}"


def _refusal(groups: Groups) -> str:
    return f"{groups.id} lets in {', '.join(dict.fromkeys(o.label for o in groups.others)) or 'no address range'}"


def _short_sources(passing: Sequence[Opening]) -> str:
    whole = all(one.source.prefixlen == 0 for one in passing)
    return "anywhere" if whole else " and ".join(dict.fromkeys(one.label for one in passing))


def address_of(interface: Resource, version: int) -> str:
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


def ports_of(spans: Sequence[PortRange]) -> str:
    """Return ports as people read them: `tcp/22, tcp/443`, the first four of many."""
    return ", ".join(list(_spans(spans))[:PORTS_MAX]) or "every port"


def _spans(spans: Sequence[PortRange]) -> Iterator[str]:
    for protocol, first, last, every in sorted({(o.protocol, o.first, o.last, o.all_ports) for o in spans}):
        name = "all protocols" if protocol == "-1" else protocol
        if every:
            yield name if protocol == "-1" else f"{name}, every port"
        else:
            yield f"{name}/{first}" if first == last else f"{name}/{first}-{last}"
