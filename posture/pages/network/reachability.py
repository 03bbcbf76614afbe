"""Inbound paths from the internet to an interface, link by link.

Pure: works on the core's resources. A link that certainly stops a packet closes the path, even if
other links could not be read; a path that depends on an unread link is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from posture.core.arn import Arn
from posture.core.network import LAST_PORT, Opening, PortRange, UnreadRule, is_internet, network_of
from posture.core.network_acl import admitted_in
from posture.core.resource import Resource
from posture.core.values import Fields, UnknownFieldError
from posture.pages.network.addresses import address_of, ports_of

ODD = (UnknownFieldError, LookupError, ValueError, TypeError, AttributeError)
"""What reading an unknown or malformed configuration raises."""
IP_VERSIONS = (4, 6)
EVERYONE = {
    4: Opening("-1", 0, LAST_PORT, network_of("0.0.0.0/0"), ""),
    6: Opening("-1", 0, LAST_PORT, network_of("::/0"), ""),
}
"""What is allowed if an interface has no security group, by IP version."""
DEFAULT_RULE = 32767
"""The number of a network ACL's last rule, which denies all the rest."""


class Link(StrEnum):
    """What a packet from the internet passes on its way to an interface, in order."""

    GATEWAY = "internet gateway"
    ROUTE_TABLE = "route table"
    ACL = "network ACL"
    GROUP = "security group"


class Verdict(StrEnum):
    """What a link does to a packet from the internet."""

    PASSES = "passes"
    STOPS = "stops"
    UNREAD = "unread"


class PathState(StrEnum):
    """Whether the internet reaches an interface, from most to least open."""

    OPEN = "open"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RouteTo:
    """A route, with the ids of its table and its target."""

    table: str
    destination: str
    target: str

    def __str__(self) -> str:
        return f"{self.table} sends {self.destination} to {self.target}"


@dataclass(frozen=True, slots=True)
class Routing:
    """The routes of a subnet to internet gateways."""

    table: str = ""
    """Id of its route table, empty if unknown."""
    words: str = ""
    routes: Mapping[int, RouteTo] = field(default_factory=dict)
    """By IP version."""
    unknown: frozenset[int] = frozenset()
    """IP versions whose routes could not be read."""


@dataclass(frozen=True, slots=True)
class Acl:
    """The network ACL of a subnet, or why it could not be read."""

    id: str = ""
    entries: Sequence[Fields] = ()
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class InterfaceSecurityGroups:
    """What the security groups of an interface allow, or why they are unread."""

    ids: Sequence[str] = ()
    public: Sequence[Opening] = ()
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
class PathStep:
    """One link of a path and what it does, briefly and in a sentence."""

    link: Link
    verdict: Verdict
    id: str = ""
    reason: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class InboundPath:
    """The path from the internet to an interface, up to the link that stops it."""

    interface: Resource
    state: PathState
    steps: tuple[PathStep, ...]
    address: str = ""
    ports: str = ""
    sources: str = ""
    chain: tuple[str, ...] = ()
    """Each link in a sentence; of merged paths, each once."""

    @property
    def decided_by(self) -> PathStep:
        """The link that stops it or could not be read; if all pass it, the last one."""
        for verdict in (Verdict.STOPS, Verdict.UNREAD):
            for step in self.steps:
                if step.verdict is verdict:
                    return step
        return self.steps[-1]

    @property
    def inventory_arn(self) -> str:
        """The ARN in the inventory: the interface's own, or its population's."""
        return self.interface.population or self.interface.arn

    @property
    def sentences(self) -> tuple[str, ...]:
        """The address and each link in a sentence."""
        return tuple(words for words in (self.address, *(step.sentence for step in self.steps)) if words)


@dataclass(frozen=True, slots=True)
class PathTarget:
    """An interface and the links before it; ACL and groups are read only if needed."""

    interface: Resource
    routing: Routing
    acl: Callable[[], Acl]
    groups: Callable[[int], InterfaceSecurityGroups]
    """Takes the IP version."""
    is_blocked: bool = False
    """Whether VPC Block Public Access keeps the internet out."""


def paths_to(target: PathTarget) -> list[InboundPath]:
    """Return the paths to an interface, one per IP version of its public addresses."""
    return [path for version in IP_VERSIONS if (path := _path(target, version))]


def merge(paths: Sequence[InboundPath]) -> InboundPath:
    """Return the most open of an interface's paths; of two refused ones, the longer."""
    state = min((path.state for path in paths), key=list(PathState).index)
    same = sorted((path for path in paths if path.state is state), key=lambda path: -len(path.steps))
    if state is not PathState.OPEN:
        return replace(same[0], chain=same[0].sentences)
    return replace(
        same[0],
        ports=", ".join(dict.fromkeys(path.ports for path in same)),
        sources=" and ".join(dict.fromkeys(path.sources for path in same)),
        chain=tuple(dict.fromkeys(sentence for path in same for sentence in path.sentences)),
    )


def _path(target: PathTarget, version: int) -> InboundPath | None:
    routing = target.routing
    may_be_routed = version in routing.routes or version in routing.unknown
    try:
        address = address_of(target.interface, version)
    except ODD as error:
        # Without a route, addresses do not matter.
        if target.is_blocked or not may_be_routed:
            return None
        step = PathStep(Link.GATEWAY, Verdict.UNREAD, "", "addresses could not be read", _unread(error))
        return _unknown(target, "", (step,))
    if not address:
        return None
    return _path_to(target, version, f"{Arn.parse(target.interface.arn).name} has {address}")


def _path_to(target: PathTarget, version: int, address: str) -> InboundPath:
    """Return the path to an address."""
    steps: tuple[PathStep, ...] = _routed(target.routing, version)
    if target.is_blocked:
        steps = (PathStep(Link.GATEWAY, Verdict.STOPS, "", "blocked by VPC settings", "VPC Block Public Access is on"),)
    if steps[-1].verdict is Verdict.STOPS:
        return InboundPath(target.interface, PathState.REFUSED, steps, address, "every port")
    try:
        return _guarded(target, version, address, steps)
    except ODD as error:
        return _unknown(target, address, (*steps, _acl_step(replace(target.acl(), error=error))))


def _routed(routing: Routing, version: int) -> tuple[PathStep, PathStep]:
    """Return the steps of the internet gateway and the route table."""
    if route := routing.routes.get(version):
        reason = f"{route.destination} to {route.target}"
        gateway = PathStep(Link.GATEWAY, Verdict.PASSES, route.target)
        return gateway, PathStep(Link.ROUTE_TABLE, Verdict.PASSES, route.table, reason, str(route))
    gateway = PathStep(Link.GATEWAY, Verdict.PASSES)
    if version in routing.unknown:
        reason = "routes could not be read"
        return gateway, PathStep(Link.ROUTE_TABLE, Verdict.UNREAD, routing.table, reason, routing.words)
    words = f"{routing.table or 'its route table'} has no route to an internet gateway for IPv{version}"
    return gateway, PathStep(Link.ROUTE_TABLE, Verdict.STOPS, routing.table, "no internet route", words)


def _guarded(target: PathTarget, version: int, address: str, steps: tuple[PathStep, ...]) -> InboundPath:
    """Return the path through the network ACL and the security groups."""
    acl, groups = target.acl(), target.groups(version)
    if not acl.error and not groups.error and (groups.public or groups.unread):
        return _both_read(target, version, address, steps)
    if not acl.error and not admitted_in(acl.entries, EVERYONE[version], version):
        return _stopped_by_acl(target, version, address, steps, [EVERYONE[version]])
    if not groups.error and not groups.public and not groups.unread:
        stop = PathStep(Link.GROUP, Verdict.STOPS, groups.id, _narrow(groups), _refusal(groups))
        ports = ports_of(groups.others) if groups.others else "every port"
        return InboundPath(target.interface, PathState.REFUSED, (*steps, _acl_step(acl), stop), address, ports)
    by_acl = _acl_step(acl)
    if acl.error or not groups.error:
        return _unknown(target, address, (*steps, by_acl))
    step = PathStep(Link.GROUP, Verdict.UNREAD, groups.id, "rules could not be read", _unread(groups.error))
    return _unknown(target, address, (*steps, by_acl, step))


def _both_read(target: PathTarget, version: int, address: str, steps: tuple[PathStep, ...]) -> InboundPath:
    acl, groups = target.acl(), target.groups(version)
    admitted = [(one, by) for one in groups.public if (by := admitted_in(acl.entries, one, version))]
    if not admitted and not admitted_in(acl.entries, EVERYONE[version], version):
        return _stopped_by_acl(target, version, address, steps, [EVERYONE[version]])
    if not admitted:
        # All that is known is closed; only an unread prefix list may still open it.
        for rule in groups.unread:
            if admitted_in(acl.entries, rule, version):
                reason = f"{ports_of([rule])} from a list, not read"
                step = PathStep(Link.GROUP, Verdict.UNREAD, groups.id, reason, _unread(rule.error()))
                return _unknown(target, address, (*steps, _acl_step(acl), step), ports_of([rule]))
        return _stopped_by_acl(target, version, address, steps, [*groups.public, *groups.unread])
    passing = [one for one, _ in admitted]
    port, path = admitted[0][1]
    sources, ports = " and ".join(dict.fromkeys(one.label for one in passing)), ports_of(passing)
    by_acl = PathStep(Link.ACL, Verdict.PASSES, acl.id, _rule(acl, path), f"{acl.id} allows port {port}")
    named = f"{groups.id} allows {sources} on {ports}" if groups.ids else "it has no security group"
    reason = f"{ports} from {_short_sources(passing)}" if groups.ids else "no security group"
    by_group = PathStep(Link.GROUP, Verdict.PASSES, groups.id, reason, named)
    state = PathState.OPEN if all(step.verdict is Verdict.PASSES for step in steps) else PathState.UNKNOWN
    return InboundPath(target.interface, state, (*steps, by_acl, by_group), address, ports, sources)


def _stopped_by_acl(
    target: PathTarget, version: int, address: str, steps: tuple[PathStep, ...], spans: Sequence[PortRange]
) -> InboundPath:
    acl, ports = target.acl(), ports_of(spans)
    number = _denying(acl.entries, spans, version)
    reason = f"rule {number} denies {ports}" if number else f"no rule allows {ports}"
    stop = PathStep(Link.ACL, Verdict.STOPS, acl.id, reason, f"{acl.id}: {reason} from the internet")
    return InboundPath(target.interface, PathState.REFUSED, (*steps, stop), address, ports)


def _denying(entries: Sequence[Fields], spans: Sequence[PortRange], version: int) -> int:
    """Return the number of the first rule that denies any of the ports, or 0."""
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


def _acl_step(acl: Acl) -> PathStep:
    """Return the step of a network ACL that does not stop everything."""
    if acl.error:
        return PathStep(Link.ACL, Verdict.UNREAD, acl.id, "rules could not be read", _unread(acl.error))
    return PathStep(Link.ACL, Verdict.PASSES, acl.id, "allows the internet", f"{acl.id} allows the internet")


def _rule(acl: Acl, path: str) -> str:
    entry = acl.entries[int(path.removeprefix("Entries[").removesuffix("]"))]
    what = "allows all" if str(entry.get("Protocol", "-1")) == "-1" else "allows it"
    return f"rule {entry['RuleNumber']} {what}"


def _unknown(target: PathTarget, address: str, steps: tuple[PathStep, ...], ports: str = "unknown") -> InboundPath:
    return InboundPath(target.interface, PathState.UNKNOWN, steps, address, ports, "unknown")


def _unread(error: Exception) -> str:
    return f"not all rules could be read: {error}"


def _narrow(groups: InterfaceSecurityGroups) -> str:
    """Return what groups allow that are closed to the internet."""
    if not groups.others:
        return "allows no address range"
    sources = list(dict.fromkeys(one.label for one in groups.others))
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else " only"
    return f"{ports_of(groups.others)} from {sources[0]}{more}"


def _refusal(groups: InterfaceSecurityGroups) -> str:
    return f"{groups.id} allows {', '.join(dict.fromkeys(o.label for o in groups.others)) or 'no address range'}"


def _short_sources(passing: Sequence[Opening]) -> str:
    whole = all(one.source.prefixlen == 0 for one in passing)
    return "anywhere" if whole else " and ".join(dict.fromkeys(one.label for one in passing))
