"""Public addresses of network interfaces, and ports in words."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence

from posture.core.network import PortRange
from posture.core.resource import Resource

PORTS_MAX = 4
"""Ports that are named."""


def address_of(interface: Resource, version: int) -> str:
    """Return an address that the internet can route to; empty if there is none."""
    return _ipv4_address(interface) if version == 4 else _ipv6_address(interface)  # noqa: PLR2004 - IP's version


def _ipv4_address(interface: Resource) -> str:
    """Return the public address of the interface or of one of its secondary addresses.

    On an Outpost, an address of the customer's own pool is associated too, and is not public.
    """
    shown = interface.raw_observed.get("Association")
    address = shown.get("PublicIp") if isinstance(shown, Mapping) else None
    for each in (interface.config, *interface.config.items_of("PrivateIpAddresses")):
        association = each.get("Association")
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
    """Return ports in words, such as `tcp/22, tcp/443`; the first four of many."""
    return ", ".join(list(_spans(spans))[:PORTS_MAX]) or "every port"


def _spans(spans: Sequence[PortRange]) -> Iterator[str]:
    for protocol, first, last, every in sorted({(o.protocol, o.first, o.last, o.all_ports) for o in spans}):
        name = "all protocols" if protocol == "-1" else protocol
        if every:
            yield name if protocol == "-1" else f"{name}, every port"
        else:
            yield f"{name}/{first}" if first == last else f"{name}/{first}-{last}"
