"""Network ACLs, read as AWS's networks do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from posture.core.network import (
    ANY_PROTOCOL,
    LAST_PORT,
    PROTOCOL_NAMES,
    Network,
    PortRange,
    is_internet,
    is_within,
    joined_networks,
    network_of,
)


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
    protocols = ("tcp", "udp", "icmp", "icmpv6") if span.protocol == ANY_PROTOCOL else (span.protocol,)
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
            denied, is_joined = list(joined_networks(denied)), True
        if not any(is_within(source, other) for other in denied):
            return index
    return None


def _speaks_of(entry: Mapping[str, Any], port: int, protocol: str) -> bool:
    raw = str(entry.get("Protocol", ANY_PROTOCOL))
    if raw == ANY_PROTOCOL:
        return True
    ports = entry.get("PortRange") or {"From": 0, "To": LAST_PORT}
    return PROTOCOL_NAMES.get(raw, raw) == protocol and ports["From"] <= port <= ports["To"]
