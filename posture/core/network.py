"""Addresses, ports, security groups and network ACLs, read as AWS's networks do.

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

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

ADMIN_PORTS = {22: "SSH", 3389: "RDP", 5900: "VNC", 5901: "VNC", 5985: "WinRM", 5986: "WinRM"}
"""Ports for remote administration of servers (CIS names SSH and RDP as examples)."""

FILE_SHARING_PORTS = {137: "NetBIOS", 138: "NetBIOS", 139: "NetBIOS", 445: "CIFS"}

DATABASE_PORTS = {
    1433: "SQL Server",
    1434: "SQL Server Browser",
    1521: "Oracle",
    2483: "Oracle",
    2484: "Oracle",
    3306: "MySQL",
    5432: "PostgreSQL",
    5439: "Redshift",
    5984: "CouchDB",
    6379: "Redis",
    6380: "Redis",
    7000: "Cassandra",
    7001: "Cassandra",
    7199: "Cassandra JMX",
    7474: "Neo4j",
    7687: "Neo4j",
    8086: "InfluxDB",
    8123: "ClickHouse",
    8182: "Neptune",
    9042: "Cassandra",
    9160: "Cassandra Thrift",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    11211: "Memcached",
    26257: "CockroachDB",
    27017: "MongoDB",
    27018: "MongoDB shards",
    27019: "MongoDB configuration servers",
    28017: "MongoDB web interface",
    33060: "MySQL X Protocol",
    50000: "Db2",
}

HIGH_RISK_PORTS = {
    20: "FTP",
    21: "FTP",
    23: "Telnet",
    25: "SMTP",
    69: "TFTP",
    110: "POP3",
    111: "rpcbind",
    135: "RPC",
    143: "IMAP",
    161: "SNMP",
    389: "LDAP",
    512: "rexec",
    513: "rlogin",
    514: "rsh and syslog",
    548: "AFP",
    623: "IPMI",
    636: "LDAPS",
    873: "rsync",
    1099: "Java RMI",
    2049: "NFS",
    2181: "ZooKeeper",
    2375: "Docker",
    2376: "Docker TLS",
    2377: "Docker Swarm",
    2379: "etcd",
    2380: "etcd",
    3000: "development servers",
    3128: "Squid",
    3268: "LDAP global catalog",
    3269: "LDAPS global catalog",
    4333: "ahsp",
    4505: "Salt",
    4506: "Salt",
    5000: "development servers",
    5500: "fcp-addr-srvr1",
    5555: "Android Debug Bridge",
    5601: "Kibana",
    6000: "X11",
    6443: "Kubernetes API",
    8009: "AJP",
    8080: "proxies",
    8088: "legacy HTTP",
    8161: "ActiveMQ console",
    8500: "Consul",
    8888: "alternative HTTP",
    8983: "Solr",
    9090: "Prometheus",
    9092: "Kafka",
    9870: "Hadoop",
    10250: "kubelet",
    10255: "kubelet",
    15672: "RabbitMQ console",
    50070: "Hadoop",
    61616: "ActiveMQ",
}
"""The ports of Security Hub's EC2.19, and others of the same kind, that no mapping above names already."""

UDP_PORTS = frozenset({69, 111, 137, 138, 161, 389, 514, 623, 1434, 2049, 3389, 11211})
"""Of the ports above, those whose service also answers over UDP; another port's UDP is something else."""

WEB_PORTS = frozenset({80, 443})

WIDEST_IPV4 = 8
WIDEST_IPV6 = 32
"""A source wider than these is the internet, whoever calls it a range: Amazon S3 draws the same line."""

_PROTOCOL_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_ANY = "-1"
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
        return self.protocol == _ANY or (self.protocol in protocols and self.first <= port <= self.last)

    @property
    def all_ports(self) -> bool:
        """Return True where every protocol, or every port of tcp or udp, is open."""
        whole = self.first <= 1 and self.last >= LAST_PORT
        return self.protocol == _ANY or (self.protocol in {"tcp", "udp"} and whole)


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
    raw = str(permission.get("IpProtocol", _ANY))
    protocol = _PROTOCOL_NAMES.get(raw, raw)
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol == _ANY or first is None or last is None or first < 0:
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
        wide = [network for network in _joined([opening.source for opening in same]) if is_internet(network)]
        kept += [opening for opening in same if any(_within(opening.source, network) for network in wide)]
    return tuple(_whole_before_parts(kept))


def _joined(networks: Sequence[Network]) -> Iterator[Network]:
    return ipaddress.collapse_addresses(networks)  # type: ignore[type-var]


def _within(part: Network, whole: Network) -> bool:
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


def protocols_of(port: int) -> tuple[str, ...]:
    """Return the protocols by which a port's service answers."""
    return ("tcp", "udp") if port in UDP_PORTS else ("tcp",)


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


def admitted_port(
    entries: Sequence[Mapping[str, Any]],
    ports: Iterable[int],
    protocols: Iterable[str] = ("tcp", "udp"),
    version: int | None = None,
) -> tuple[int, str] | None:
    """Return the first port that a network ACL opens to the internet, and the path.

    Entries are tried in the order of their numbers and the first that speaks of the packet decides. A Deny
    decides only where it covers the whole source: a narrower one leaves the rest of the internet in.
    `version` is 4 or 6, None for both.
    """
    inbound = _inbound(entries)
    for port in ports:
        for protocol in protocols:
            for family in _FAMILIES if version is None else (_FAMILIES[version == 6],):  # noqa: PLR2004 - IP's
                index = _deciding(inbound, port, protocol, family)
                if index is not None:
                    return port, f"Entries[{index}]"
    return None


_FAMILIES = ("CidrBlock", "Ipv6CidrBlock")


def admitted_in(entries: Sequence[Mapping[str, Any]], span: PortRange, version: int) -> tuple[int, str] | None:
    """Return a port in a range that a network ACL opens to the internet, and the path.

    What decides changes only where an entry begins or ends: these ports and the range's own are tried.
    """
    edges = {span.first, span.last}
    for entry, _ in _inbound(entries):
        ports = entry.get("PortRange") or {}
        edges |= {port for port in (ports.get("From"), (ports.get("To") or 0) + 1) if port is not None}
    tried = sorted(port for port in edges if span.first <= port <= span.last)
    protocols = ("tcp", "udp", "icmp", "icmpv6") if span.protocol == _ANY else (span.protocol,)
    return admitted_port(entries, tried, protocols, version)


def _inbound(entries: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int]]:
    return sorted(
        ((entry, index) for index, entry in enumerate(entries) if not entry.get("Egress")),
        key=lambda pair: int(pair[0]["RuleNumber"]),
    )


def _deciding(inbound: Sequence[tuple[Mapping[str, Any], int]], port: int, protocol: str, family: str) -> int | None:
    denied: list[Network] = []
    is_joined = True
    for entry, index in inbound:
        if not entry.get(family) or not _speaks_of(entry, port, protocol):
            continue
        source = network_of(entry[family])
        if entry["RuleAction"] == "deny":
            denied.append(source)
            is_joined = False
            continue
        if not is_internet(source):
            continue
        if not is_joined:
            # Only here, since joining takes longest.
            denied, is_joined = list(_joined(denied)), True
        if not any(_within(source, other) for other in denied):
            return index
    return None


def _speaks_of(entry: Mapping[str, Any], port: int, protocol: str) -> bool:
    raw = str(entry.get("Protocol", _ANY))
    if raw == _ANY:
        return True
    ports = entry.get("PortRange") or {"From": 0, "To": LAST_PORT}
    return _PROTOCOL_NAMES.get(raw, raw) == protocol and ports["From"] <= port <= ports["To"]


def named_ports(ports: Iterable[int], names: Mapping[int, str]) -> str:
    """Return ports for people: `22 (SSH) and 3389 (RDP)`, the first four of many."""
    shown = [f"{port} ({names[port]})" if port in names else str(port) for port in ports]
    if len(shown) > 4:  # noqa: PLR2004 - as the docstring says
        return f"{', '.join(shown[:4])} and {len(shown) - 4} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def vpcs_in_use(interfaces: Iterable[Resource]) -> set[str]:
    """Return the ids of the VPCs in which something has a network interface."""
    return {str(interface.config.get("VpcId")) for interface in interfaces}
