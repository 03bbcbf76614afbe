"""Rules of security groups and network ACLs, read as AWS's networks read them."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from posture.core.network import (
    admitted_port,
    exposed,
    from_internet,
    is_internet,
    named_ports,
    openings,
)


def permission(*cidrs: str, ports: tuple[int, int] | None = (22, 22), protocol: str = "tcp") -> dict[str, Any]:
    span = {"FromPort": ports[0], "ToPort": ports[1]} if ports else {}
    return {
        "IpProtocol": protocol,
        **span,
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
    }


def entry(number: int, action: str, cidr: str, *, protocol: str = "-1", ports: tuple[int, int] | None = None) -> Any:
    family = "Ipv6CidrBlock" if ":" in cidr else "CidrBlock"
    span = {"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}
    return {"RuleNumber": number, "RuleAction": action, family: cidr, "Protocol": protocol, "Egress": False, **span}


@pytest.mark.parametrize(
    ("cidr", "internet"),
    [
        ("0.0.0.0/0", True),
        ("::/0", True),
        ("128.0.0.0/1", True),
        ("2000::/3", True),
        ("10.0.0.0/8", False),
        ("3.0.0.0/8", False),
        ("fc00::/7", False),
        ("2001:db8::/32", False),
        ("203.0.113.7/32", False),
    ],
)
def test_what_counts_as_the_internet(cidr: str, internet: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_internet(ipaddress.ip_network(cidr)) is internet


def test_two_halves_are_the_whole_internet() -> None:
    found = exposed(list(openings([permission("0.0.0.0/1", "128.0.0.0/1")])), [22])
    assert [exposure.sources for exposure in found] == ["0.0.0.0/1 and 128.0.0.0/1"]


def test_many_small_ranges_in_two_rules_are_joined() -> None:
    quarters = [permission("0.0.0.0/2", "64.0.0.0/2"), permission("128.0.0.0/2", "192.0.0.0/2", ports=(20, 30))]
    assert len(exposed(list(openings(quarters)), [22])[0].openings) == 4


def test_a_range_of_ports_that_straddles_the_port_exposes_it() -> None:
    assert exposed(list(openings([permission("0.0.0.0/0", ports=(0, 1024))])), [22, 3389])[0].port == 22


def test_all_protocols_expose_every_port() -> None:
    rules = list(openings([permission("0.0.0.0/0", ports=None, protocol="-1")]))
    assert [exposure.port for exposure in exposed(rules, [22, 3389])] == [22, 3389]
    assert rules[0].all_ports


def test_a_protocol_may_be_a_number() -> None:
    assert exposed(list(openings([permission("0.0.0.0/0", protocol="6")])), [22])


def test_ping_from_everywhere_opens_no_port() -> None:
    assert not exposed(list(openings([permission("0.0.0.0/0", ports=(-1, -1), protocol="icmp")])), [22])


def test_families_are_told_apart() -> None:
    rules = list(openings([permission("::/0", "10.0.0.0/8")]))
    assert not exposed(rules, [22], version=4)
    assert exposed(rules, [22], version=6)[0].paths == ("IpPermissions[0].Ipv6Ranges[0].CidrIpv6",)


def test_the_office_beside_the_world_is_no_evidence() -> None:
    rules = openings([permission("203.0.113.7/32", "0.0.0.0/0")])
    assert [opening.path for opening in from_internet(rules)] == ["IpPermissions[0].IpRanges[1].CidrIp"]


def test_known_addresses_expose_nothing() -> None:
    assert not from_internet(openings([permission("203.0.113.0/24", "2001:db8::/48", "10.0.0.0/8")]))


def test_an_acl_s_first_matching_entry_decides() -> None:
    entries = [entry(200, "allow", "0.0.0.0/0"), entry(100, "deny", "0.0.0.0/0", protocol="6", ports=(22, 22))]
    assert admitted_port(entries, [22], ["tcp"]) is None
    assert admitted_port(entries, [3389], ["tcp"]) == (3389, "Entries[0]")


def test_a_late_or_narrow_deny_does_not_help() -> None:
    late = [entry(100, "allow", "0.0.0.0/0"), entry(200, "deny", "0.0.0.0/0")]
    narrow = [entry(90, "deny", "198.51.100.0/24"), entry(100, "allow", "0.0.0.0/0")]
    assert admitted_port(late, [22]) == (22, "Entries[0]")
    assert admitted_port(narrow, [22]) == (22, "Entries[1]")


def test_an_acl_s_outbound_and_other_protocols_are_passed_over() -> None:
    outbound = {**entry(100, "allow", "0.0.0.0/0"), "Egress": True}
    ping = entry(110, "allow", "0.0.0.0/0", protocol="1")
    assert admitted_port([outbound, ping], [22]) is None


def test_an_acl_is_read_for_ipv6_as_well() -> None:
    assert admitted_port([entry(101, "allow", "::/0")], [22]) == (22, "Entries[0]")


@pytest.mark.parametrize(
    ("ports", "text"),
    [
        ([22], "22 (SSH)"),
        ([22, 8], "22 (SSH) and 8"),
        ([1, 2, 22], "1, 2 and 22 (SSH)"),
        ([1, 2, 3, 4, 5, 6], "1, 2, 3, 4 and 2 more"),
    ],
)
def test_ports_are_named(ports: list[int], text: str) -> None:
    assert named_ports(ports, {22: "SSH"}) == text
