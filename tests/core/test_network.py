"""Rules of security groups and network ACLs, read as AWS's networks read them."""

from __future__ import annotations

import ipaddress
import time
from typing import Any

import pytest

from posture.core.network import Opening, PortRange, SecurityGroupRules, exposed, from_internet, is_internet, read_rules
from posture.core.network_acl import admitted_in, admitted_port
from posture.core.values import Unknown
from posture.core.well_known_ports import named_ports


def openings(permissions: list[dict[str, Any]], lists: dict[str, list[str] | Unknown] | None = None) -> list[Opening]:
    return list(read_rules(permissions, lambda list_id: (lists or {})[list_id]).openings)


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
    found = exposed((openings([permission("0.0.0.0/1", "128.0.0.0/1")])), [22])
    assert [exposure.sources for exposure in found] == ["0.0.0.0/1 and 128.0.0.0/1"]


LISTED = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-1"}]}


def test_a_rule_for_a_prefix_list_lets_in_its_entries() -> None:
    found = exposed(openings([LISTED], {"pl-1": ["198.51.100.0/24", "0.0.0.0/0"]}), [22])
    assert [exposure.sources for exposure in found] == ["0.0.0.0/0 (pl-1)"]
    assert found[0].paths == ("IpPermissions[0].PrefixListIds[0].PrefixListId",)
    assert not exposed(openings([LISTED], {"pl-1": ["198.51.100.0/24"]}), [22])


def test_a_rule_for_an_unread_prefix_list_is_kept_as_unread() -> None:
    refused = Unknown("ec2:GetManagedPrefixListEntries", "UnauthorizedOperation", "denied")
    rules: SecurityGroupRules = read_rules([LISTED], {"pl-1": refused}.__getitem__)
    assert rules.openings == ()
    assert [(rule.unknown, rule.admits(22), rule.admits(443)) for rule in rules.unread] == [(refused, True, False)]


def test_udp_counts_for_services_that_speak_it() -> None:
    udp = openings([permission("0.0.0.0/0", ports=(0, 65535), protocol="udp")])
    ports = (22, 161, 3389, 5432, 11211)
    assert [exposure.port for exposure in exposed(udp, ports)] == [161, 3389, 11211]


def test_many_small_ranges_in_two_rules_are_joined() -> None:
    quarters = [permission("0.0.0.0/2", "64.0.0.0/2"), permission("128.0.0.0/2", "192.0.0.0/2", ports=(20, 30))]
    assert len(exposed(openings(quarters), [22])[0].openings) == 4


def test_a_range_of_ports_that_straddles_the_port_exposes_it() -> None:
    assert exposed((openings([permission("0.0.0.0/0", ports=(0, 1024))])), [22, 3389])[0].port == 22


def test_all_protocols_expose_every_port() -> None:
    rules = openings([permission("0.0.0.0/0", ports=None, protocol="-1")])
    assert [exposure.port for exposure in exposed(rules, [22, 3389])] == [22, 3389]
    assert rules[0].all_ports


def test_a_protocol_may_be_a_number() -> None:
    assert exposed((openings([permission("0.0.0.0/0", protocol="6")])), [22])


def test_ping_from_everywhere_opens_no_port() -> None:
    assert not exposed((openings([permission("0.0.0.0/0", ports=(-1, -1), protocol="icmp")])), [22])


def test_families_are_distinguished() -> None:
    rules = openings([permission("::/0", "10.0.0.0/8")])
    assert not exposed(rules, [22], version=4)
    assert exposed(rules, [22], version=6)[0].paths == ("IpPermissions[0].Ipv6Ranges[0].CidrIpv6",)


def test_the_office_next_to_the_world_is_no_evidence() -> None:
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


def test_an_acl_is_read_for_each_family_apart() -> None:
    assert admitted_port([entry(101, "allow", "::/0")], [22], version=4) is None
    assert admitted_port([entry(101, "allow", "::/0")], [22], version=6) == (22, "Entries[0]")


def test_two_denied_halves_are_the_whole_internet() -> None:
    halves = [entry(90, "deny", "0.0.0.0/1"), entry(91, "deny", "128.0.0.0/1"), entry(100, "allow", "0.0.0.0/0")]
    assert admitted_port(halves, [22]) is None


def test_a_port_in_the_middle_of_a_range_is_found() -> None:
    web = [entry(100, "allow", "0.0.0.0/0", protocol="6", ports=(443, 443))]
    assert admitted_in(web, PortRange("tcp", 0, 65535), 4) == (443, "Entries[0]")
    assert admitted_in(web, PortRange("-1", 0, 65535), 4) == (443, "Entries[0]")
    assert admitted_in(web, PortRange("udp", 0, 65535), 4) is None
    assert admitted_in(web, PortRange("tcp", 0, 442), 4) is None
    denied = [entry(90, "deny", "0.0.0.0/0", protocol="6", ports=(0, 1023)), entry(100, "allow", "0.0.0.0/0")]
    assert admitted_in(denied, PortRange("tcp", 22, 3389), 4) == (1024, "Entries[1]")


def test_many_narrow_denials_are_joined_once() -> None:
    """A network ACL of many entries, each for each port: joining them is slow."""
    entries = [
        {
            "RuleNumber": n,
            "Protocol": "-1",
            "RuleAction": "deny",
            "Egress": False,
            "CidrBlock": f"9.{n // 256}.{n % 256}.0/24",
        }
        for n in range(0, 2000, 2)
    ]
    everyone = {"RuleNumber": 3000, "Protocol": "-1", "RuleAction": "allow", "Egress": False, "CidrBlock": "0.0.0.0/0"}
    began = time.thread_time()
    assert admitted_port([*entries, everyone], [22]) == (22, "Entries[1000]")
    assert time.thread_time() - began < 1
