"""Addresses, ports and security groups, read as AWS's networks do.

Works on configurations in AWS's own key names. It judges nothing: what is too open is for the checks to say.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeAlias

from posture.core.gap import GapReason
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError
from posture.core.well_known_ports import protocols_of

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
WIDEST_IPV4 = 8
WIDEST_IPV6 = 32
"""A source wider than these is the internet, whoever calls it a range: Amazon S3 draws the same line."""
PROTOCOL_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
ANY_PROTOCOL = "-1"
LAST_PORT = 65535
PREFIX_LIST = "AWS::EC2::PrefixList"
EntriesOf: TypeAlias = "Callable[[str], Sequence[str] | Unknown]"
"""Returns the address ranges of a prefix list by its id, `Unknown` where they could not be read."""


@dataclass(frozen=True, slots=True)
class PortRange:
    """The packets that one rule is about.

    `protocol` is tcp, udp, icmp … or `-1` for all of them.
    """

    protocol: str
    first: int
    last: int

    def admits(self, port: int, protocols: Container[str] = ("tcp", "udp")) -> bool:
        """Return True where a packet to the port passes by any of the protocols."""
        return self.protocol == ANY_PROTOCOL or (self.protocol in protocols and self.first <= port <= self.last)

    @property
    def all_ports(self) -> bool:
        """Return True where every protocol, or every port of tcp or udp, is open."""
        whole = self.first <= 1 and self.last >= LAST_PORT
        return self.protocol == ANY_PROTOCOL or (self.protocol in {"tcp", "udp"} and whole)


@dataclass(frozen=True, slots=True)
class Opening(PortRange):
    """One address range that one rule lets in."""

    source: Network
    path: str
    """Where the configuration names the source: `IpPermissions[0].IpRanges[1].CidrIp`."""
    prefix_list: str = ""
    """The id of the prefix list that holds the range, empty for a range of the rule's own."""

    @property
    def label(self) -> str:
        """The source for people: `0.0.0.0/0`, with its prefix list in parentheses if any."""
        return f"{self.source} ({self.prefix_list})" if self.prefix_list else str(self.source)


@dataclass(frozen=True, slots=True)
class UnreadRule(PortRange):
    """A rule for a prefix list whose entries are unknown: it may let in anyone."""

    unknown: Unknown
    path: str

    def error(self) -> UnknownFieldError:
        """Return the exception that makes a judgement on this rule UNKNOWN."""
        return UnknownFieldError(self.unknown, self.path)


@dataclass(frozen=True, slots=True)
class SecurityGroupRules:
    """What a security group's rules let in, and which of them could not be read."""

    openings: tuple[Opening, ...]
    unread: tuple[UnreadRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Exposure:
    """A port that the internet reaches, and the openings that let it."""

    port: int
    openings: tuple[Opening, ...]

    @property
    def sources(self) -> str:
        """The sources as people read them: `0.0.0.0/0`."""
        return " and ".join(dict.fromkeys(opening.label for opening in self.openings))

    @property
    def paths(self) -> tuple[str, ...]:
        """The evidence paths."""
        return tuple(opening.path for opening in self.openings)


def read_rules(
    permissions: Sequence[Mapping[str, Any]], entries_of: EntriesOf, root: str = "IpPermissions"
) -> SecurityGroupRules:
    """Return the address ranges of security group rules, prefix lists included.

    Rules for other security groups let in no address range by themselves.
    """
    openings: list[Opening] = []
    unread: list[UnreadRule] = []
    for index, permission in enumerate(permissions):
        span = _span(permission)
        for list_key, key in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
            for number, entry in enumerate(permission.get(list_key) or []):
                path = f"{root}[{index}].{list_key}[{number}].{key}"
                openings.append(Opening(*span, network_of(entry[key]), path))
        for number, entry in enumerate(permission.get("PrefixListIds") or []):
            path = f"{root}[{index}].PrefixListIds[{number}].PrefixListId"
            list_id = entry["PrefixListId"]
            ranges = entries_of(list_id)
            if isinstance(ranges, Unknown):
                unread.append(UnreadRule(*span, ranges, path))
            else:
                openings += [Opening(*span, network_of(text), path, list_id) for text in ranges]
    return SecurityGroupRules(tuple(openings), tuple(unread))


def entries_in(find: Callable[[str], Sequence[Resource]]) -> EntriesOf:
    """Return a function from a prefix list's id to its address ranges.

    `find` returns the prefix lists with an id. A list that the account cannot see is unknown, not empty.
    """

    def entries_of(list_id: str) -> Sequence[str] | Unknown:
        try:
            for prefix_list in find(list_id):
                return [str(entry["Cidr"]) for entry in prefix_list.config["Entries"]]
        except UnknownFieldError as error:
            return error.unknown
        return Unknown("ec2:DescribeManagedPrefixLists", "InvalidPrefixListID.NotFound", GapReason.RESOURCE_POLICY)

    return entries_of


def prefix_list_entries(related: Related) -> EntriesOf:
    """Return the prefix lists of the judged resource's region; the check `needs` them."""
    return entries_in(partial(related.here_by, PREFIX_LIST, prefix_list_ids))


def prefix_list_ids(prefix_list: Resource) -> tuple[str, ...]:
    """Return the id by which rules and routes name a prefix list."""
    return (str(prefix_list.config["PrefixListId"]),)


@lru_cache(maxsize=65_536)
def network_of(text: str) -> Network:
    """Return a range as AWS writes it; ValueError for what is none.

    Cached: most rules have the same few.
    """
    return ipaddress.ip_network(text, strict=False)


def _span(permission: Mapping[str, Any]) -> tuple[str, int, int]:
    raw = str(permission.get("IpProtocol", ANY_PROTOCOL))
    protocol = PROTOCOL_NAMES.get(raw, raw)
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol == ANY_PROTOCOL or first is None or last is None or first < 0:
        return protocol, 0, LAST_PORT
    return protocol, int(first), int(last)


def from_internet(candidates: Iterable[Opening], version: int | None = None) -> tuple[Opening, ...]:
    """Return those openings which, taken together, let in the internet.

    Ranges are joined first: 0.0.0.0/1 and 128.0.0.0/1 are the whole of it. `version` is 4 or 6.
    """
    kept: list[Opening] = []
    everyone = list(candidates)
    for family in (4, 6) if version is None else (version,):
        same = [opening for opening in everyone if opening.source.version == family]
        if not same:
            continue
        wide = [network for network in joined_networks([opening.source for opening in same]) if is_internet(network)]
        kept += [opening for opening in same if any(is_within(opening.source, network) for network in wide)]
    return tuple(_whole_before_parts(kept))


def joined_networks(networks: Sequence[Network]) -> Iterator[Network]:
    """Yield networks of one family with neighbours joined and parts left out."""
    return ipaddress.collapse_addresses(networks)  # type: ignore[type-var]


def is_within(part: Network, whole: Network) -> bool:
    """Return True if one network is a part of another, or all of it."""
    return part.version == whole.version and part.subnet_of(whole)  # type: ignore[arg-type]


def _whole_before_parts(kept: Sequence[Opening]) -> Sequence[Opening]:
    # Where one range alone is the internet, the office's address next to it is no evidence.
    alone = [opening for opening in kept if is_internet(opening.source)]
    return alone if {o.source.version for o in alone} == {o.source.version for o in kept} else kept


@lru_cache(maxsize=65_536)
def is_internet(network: Network) -> bool:
    """Whether a range is too wide to name anyone, private ranges aside."""
    limit = WIDEST_IPV4 if network.version == 4 else WIDEST_IPV6  # noqa: PLR2004 - IP's version
    return network.prefixlen < limit and not network.is_private


def exposed(candidates: Sequence[Opening], ports: Iterable[int], *, version: int | None = None) -> list[Exposure]:
    """Return the ports which the internet reaches by a protocol of their service."""
    found = []
    # Most ports are let in by the same openings, if by any: what these amount to is worked out once.
    known: dict[tuple[int, ...], tuple[Opening, ...]] = {(): ()}
    for port in ports:
        protocols = protocols_of(port)
        admitting = tuple(place for place, opening in enumerate(candidates) if opening.admits(port, protocols))
        if admitting not in known:
            known[admitting] = from_internet([candidates[place] for place in admitting], version)
        if known[admitting]:
            found.append(Exposure(port, known[admitting]))
    return found


def vpcs_in_use(interfaces: Iterable[Resource]) -> set[str]:
    """Return the ids of the VPCs in which something has a network interface."""
    return {str(interface.config.get("VpcId")) for interface in interfaces}
