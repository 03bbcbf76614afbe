"""Addresses, ports, security group rules and network ACLs, read as AWS's networks read them.

Works on configurations in AWS's own key names. It judges nothing: what is too open is for the checks to say.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from posture.core.resource import Resource

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

ADMIN_PORTS = {22: "SSH", 3389: "RDP", 5985: "WinRM", 5986: "WinRM"}
"""Ports by which servers are administered from afar (CIS names SSH and RDP as examples)."""

FILE_SHARING_PORTS = {139: "NetBIOS", 445: "CIFS"}

DATABASE_PORTS = {
    1433: "SQL Server",
    1521: "Oracle",
    2483: "Oracle",
    2484: "Oracle",
    3306: "MySQL",
    5432: "PostgreSQL",
    5439: "Redshift",
    6379: "Redis",
    7000: "Cassandra",
    8182: "Neptune",
    9042: "Cassandra",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    11211: "Memcached",
    27017: "MongoDB",
    50000: "Db2",
}

HIGH_RISK_PORTS = {
    20: "FTP",
    21: "FTP",
    23: "Telnet",
    25: "SMTP",
    110: "POP3",
    135: "RPC",
    143: "IMAP",
    1434: "SQL Server Browser",
    2049: "NFS",
    2375: "Docker",
    2379: "etcd",
    3000: "development servers",
    4333: "ahsp",
    5000: "development servers",
    5500: "fcp-addr-srvr1",
    5601: "Kibana",
    8080: "proxies",
    8088: "legacy HTTP",
    8888: "alternative HTTP",
    9092: "Kafka",
    10250: "kubelet",
}
"""AWS's list of Security Hub EC2.19 and its like, without what the mappings above name already."""

WEB_PORTS = frozenset({80, 443})

WIDEST_IPV4 = 8
WIDEST_IPV6 = 32
"""A source wider than these is the internet, whoever calls it a range: Amazon S3 draws the same line."""

_PROTOCOL_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_ANY = "-1"
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Opening:
    """One source that one rule lets in: `protocol` is tcp, udp, icmp … or `-1` for all of them."""

    protocol: str
    first: int
    last: int
    source: Network
    path: str
    """Where in the configuration the source stands: `IpPermissions[0].IpRanges[1].CidrIp`."""

    def admits(self, port: int, protocols: Container[str] = ("tcp", "udp")) -> bool:
        """Tell whether a packet to the port passes by any of the protocols."""
        return self.protocol == _ANY or (self.protocol in protocols and self.first <= port <= self.last)

    @property
    def all_ports(self) -> bool:
        """Tell whether no port is held back: every protocol, or every port of tcp or udp."""
        whole = self.first <= 1 and self.last >= _LAST_PORT
        return self.protocol == _ANY or (self.protocol in {"tcp", "udp"} and whole)


@dataclass(frozen=True, slots=True)
class Exposure:
    """A port that the internet reaches, and the openings that let it."""

    port: int
    openings: tuple[Opening, ...]

    @property
    def sources(self) -> str:
        """The sources as people read them: `0.0.0.0/0`."""
        return " and ".join(dict.fromkeys(str(opening.source) for opening in self.openings))

    @property
    def paths(self) -> tuple[str, ...]:
        """The evidence paths."""
        return tuple(opening.path for opening in self.openings)


def openings(permissions: Sequence[Mapping[str, Any]], root: str = "IpPermissions") -> Iterator[Opening]:
    """Yield every address range of a security group's rules; other groups and prefix lists are none."""
    for index, permission in enumerate(permissions):
        protocol, first, last = _span(permission)
        for list_key, key in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
            for place, entry in enumerate(permission.get(list_key) or []):
                source = network_of(entry[key])
                yield Opening(protocol, first, last, source, f"{root}[{index}].{list_key}[{place}].{key}")


@lru_cache(maxsize=65_536)
def network_of(text: str) -> Network:
    """Return a range as AWS writes it; ValueError for what is none. The same few stand in most of the rules."""
    return ipaddress.ip_network(text, strict=False)


def _span(permission: Mapping[str, Any]) -> tuple[str, int, int]:
    raw = str(permission.get("IpProtocol", _ANY))
    protocol = _PROTOCOL_NAMES.get(raw, raw)
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol == _ANY or first is None or last is None or first < 0:
        return protocol, 0, _LAST_PORT
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
        wide = [network for network in _joined([opening.source for opening in same]) if is_internet(network)]
        kept += [opening for opening in same if any(_within(opening.source, network) for network in wide)]
    return tuple(_whole_before_parts(kept))


def _joined(networks: Sequence[Network]) -> Iterator[Network]:
    return ipaddress.collapse_addresses(networks)  # type: ignore[type-var]


def _within(part: Network, whole: Network) -> bool:
    return part.version == whole.version and part.subnet_of(whole)  # type: ignore[arg-type]


def _whole_before_parts(kept: Sequence[Opening]) -> Sequence[Opening]:
    # Where one range alone is the internet, the office's address beside it is no evidence.
    alone = [opening for opening in kept if is_internet(opening.source)]
    return alone if {o.source.version for o in alone} == {o.source.version for o in kept} else kept


@lru_cache(maxsize=65_536)
def is_internet(network: Network) -> bool:
    """Tell whether a range is too wide to name anyone, private ranges aside."""
    limit = WIDEST_IPV4 if network.version == 4 else WIDEST_IPV6  # noqa: PLR2004 - IP's version
    return network.prefixlen < limit and not network.is_private


def exposed(
    candidates: Sequence[Opening],
    ports: Iterable[int],
    *,
    protocols: Container[str] = ("tcp",),
    version: int | None = None,
) -> list[Exposure]:
    """Return those of the ports which the internet reaches."""
    found = []
    # Most ports are let in by the same openings, if by any: what these amount to is worked out once.
    known: dict[tuple[int, ...], tuple[Opening, ...]] = {(): ()}
    for port in ports:
        admitting = tuple(place for place, opening in enumerate(candidates) if opening.admits(port, protocols))
        if admitting not in known:
            known[admitting] = from_internet([candidates[place] for place in admitting], version)
        if known[admitting]:
            found.append(Exposure(port, known[admitting]))
    return found


def admitted_port(
    entries: Sequence[Mapping[str, Any]], ports: Iterable[int], protocols: Iterable[str] = ("tcp", "udp")
) -> tuple[int, str] | None:
    """Return the first port that a network ACL lets in from the internet, and the deciding entry's path.

    Entries are tried in the order of their numbers and the first that speaks of the packet decides. A Deny
    decides only where it covers the whole source: a narrower one leaves the rest of the internet in.
    """
    inbound = sorted(
        ((entry, index) for index, entry in enumerate(entries) if not entry.get("Egress")),
        key=lambda pair: int(pair[0]["RuleNumber"]),
    )
    for port in ports:
        for protocol in protocols:
            for family in ("CidrBlock", "Ipv6CidrBlock"):
                index = _deciding(inbound, port, protocol, family)
                if index is not None:
                    return port, f"Entries[{index}]"
    return None


def _deciding(inbound: Sequence[tuple[Mapping[str, Any], int]], port: int, protocol: str, family: str) -> int | None:
    denied: list[Network] = []
    for entry, index in inbound:
        if not entry.get(family) or not _speaks_of(entry, port, protocol):
            continue
        source = network_of(entry[family])
        if entry["RuleAction"] == "deny":
            denied.append(source)
        elif is_internet(source) and not any(_within(source, other) for other in denied):
            return index
    return None


def _speaks_of(entry: Mapping[str, Any], port: int, protocol: str) -> bool:
    raw = str(entry.get("Protocol", _ANY))
    if raw == _ANY:
        return True
    ports = entry.get("PortRange") or {"From": 0, "To": _LAST_PORT}
    return _PROTOCOL_NAMES.get(raw, raw) == protocol and ports["From"] <= port <= ports["To"]


def named_ports(ports: Iterable[int], names: Mapping[int, str]) -> str:
    """Return ports as people read them: `22 (SSH) and 3389 (RDP)`, the first four of many."""
    shown = [f"{port} ({names[port]})" if port in names else str(port) for port in ports]
    if len(shown) > 4:  # noqa: PLR2004 - as the docstring says
        return f"{', '.join(shown[:4])} and {len(shown) - 4} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def vpcs_in_use(interfaces: Iterable[Resource]) -> set[str]:
    """Return the ids of the VPCs in which something has a network interface."""
    return {str(interface.config.get("VpcId")) for interface in interfaces}
