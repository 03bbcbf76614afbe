"""Where a request comes from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

SITE_PREFIX = 64
"""Bits of an IPv6 address that one customer shares: each machine takes as many of the others as it likes."""


def address(request: HttpRequest) -> str:
    """Return the client's address; empty where there is none, as behind a socket.

    What a proxy says in `X-Forwarded-For` is believed under the setting by which its `X-Forwarded-Proto` is
    (`PLUMBLINE_HTTPS`), and of that the last address alone: the others were sent by the client.
    """
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.HTTPS else ""
    found = _parsed(forwarded.rpartition(",")[2]) or _parsed(request.META.get("REMOTE_ADDR") or "")
    return str(found) if found else ""


def address_group(request: HttpRequest) -> str:
    """Return what failures are counted by.

    An IPv4 address, or the first 64 bits of an IPv6 address.
    """
    found = _parsed(address(request))
    if isinstance(found, IPv6Address):
        return str(ip_network((found, SITE_PREFIX), strict=False).network_address)
    return str(found) if found else ""


def axes_address(request: HttpRequest) -> str | None:
    """Return the same for django-axes."""
    return address_group(request) or None


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    bare = text.strip()
    if bare.startswith("["):  # an IPv6 address, with or without its port
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:  # an IPv4 address with its port
        bare = bare.partition(":")[0]
    bare = bare.partition("%")[0]  # a zone means something on the sender's machine alone, and is any text
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
