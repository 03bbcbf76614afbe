"""What the routes of a VPC reach: the internet, other networks and gateways."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from posture.core.resource import Resource
from posture.core.routing import destination, target
from posture.pages.network.vpc_resources import has_routes

NETWORKS = {
    "igw": "the internet",
    "nat": "the internet, outbound only, through",
    "eigw": "the internet over IPv6, outbound only, through",
    "tgw": "other networks through transit gateway",
    "pcx": "a peered VPC through",
    "vgw": "a VPN or Direct Connect through",
    "lgw": "the on-premises network through local gateway",
    "vpce": "AWS services through endpoint",
}
"""What a route target leads to, by the prefix of its id."""


def outbound_targets(tables: Iterable[Resource]) -> list[str]:
    """Return in words what routes lead to, each with its address ranges."""
    seen: dict[str, set[str]] = {}
    for table in filter(has_routes, tables):
        for route in table.config.items_of("Routes"):
            to = target(route)
            if to not in {"local", ""} and route.get("State") != "blackhole":
                seen.setdefault(to, set()).add(destination(route) or "?")
    return [_describe(to, sorted(ranges)) for to, ranges in sorted(seen.items())]


def _describe(to: str, ranges: Sequence[str]) -> str:
    words = NETWORKS.get(to.split("-", 1)[0], "something else through")
    end = f" {to}" if words != "the internet" else f" through {to}"
    return f"{words}{end} ({', '.join(ranges)})"
