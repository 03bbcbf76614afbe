"""A refused path names the link that stops it, whatever else is unread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from posture.core.values import Unknown
from posture.pages.network.reachability import InboundPath, Link, PathState, Verdict
from posture.pages.network.vpc_resources import ACL, GROUP, ROUTE_TABLE
from tests.network.test_vpc_analysis import EVERYTHING_IN, OFFICE, SSH, TO_NAT, analysis, reaching, six

DENIED = {**EVERYTHING_IN, "RuleNumber": 50, "RuleAction": "deny"}
DENY_SSH = {**DENIED, "Protocol": "6", "PortRange": {"From": 22, "To": 22}}
UNREAD = Unknown("ec2:DescribeSecurityGroups", "AccessDenied", "denied")
BLOCKED: Mapping[str, Any] = {"BlockPublicAccessStates": {"InternetGatewayBlockMode": "block-ingress"}}


def path(**changes: Any) -> InboundPath:
    """Return the only path into a VPC."""
    (found,) = analysis(**changes).paths
    return found


def test_an_open_way_passes_four_links() -> None:
    found = path()
    assert found.state is PathState.OPEN
    assert [(step.link, step.verdict) for step in found.steps] == [(link, Verdict.PASSES) for link in Link]
    assert [step.id for step in found.steps] == ["igw-1", "rtb-1", "acl-1", "sg-1"]
    assert [step.reason for step in found.steps[1:]] == [
        "0.0.0.0/0 to igw-1",
        "rule 100 allows all",
        "tcp/22 from anywhere",
    ]


@pytest.mark.parametrize(
    ("changes", "link", "reason", "ports"),
    [
        ({"vpc": BLOCKED}, Link.GATEWAY, "blocked by VPC settings", "every port"),
        ({"routes": (TO_NAT,)}, Link.ROUTE_TABLE, "no internet route", "every port"),
        ({"entries": (DENIED, EVERYTHING_IN)}, Link.ACL, "rule 50 denies all protocols", "all protocols"),
        ({"entries": (DENY_SSH, EVERYTHING_IN)}, Link.ACL, "rule 50 denies tcp/22", "tcp/22"),
        ({"entries": ()}, Link.ACL, "no rule allows all protocols", "all protocols"),
        ({"rules": (OFFICE,)}, Link.GROUP, "tcp/22 from 198.51.100.0/24 only", "tcp/22"),
        ({"rules": ()}, Link.GROUP, "allows no address range", "every port"),
    ],
)
def test_a_refused_way_ends_at_the_link_that_stops_it(
    changes: Mapping[str, Any], link: Link, reason: str, ports: str
) -> None:
    found = path(**changes)
    assert found.state is PathState.REFUSED
    assert found.steps[-1] == found.decided_by
    assert (found.decided_by.link, found.decided_by.verdict) == (link, Verdict.STOPS)
    assert (found.decided_by.reason, found.ports) == (reason, ports)
    assert all(step.verdict is Verdict.PASSES for step in found.steps[:-1])


@pytest.mark.parametrize(
    ("changes", "link"),
    [
        ({"gaps": (ROUTE_TABLE,)}, Link.ROUTE_TABLE),
        ({"gaps": (ACL,)}, Link.ACL),
        ({"gaps": (GROUP,)}, Link.GROUP),
        ({"rules": UNREAD}, Link.GROUP),
        ({"entries": UNREAD}, Link.ACL),
        ({"interface": {"Association": UNREAD}}, Link.GATEWAY),
    ],
)
def test_an_unread_link_makes_a_path_unknown(changes: Mapping[str, Any], link: Link) -> None:
    found = path(**changes)
    assert found.state is PathState.UNKNOWN
    assert (found.decided_by.link, found.decided_by.verdict) == (link, Verdict.UNREAD)


def test_a_link_that_stops_closes_a_path_whatever_was_not_read() -> None:
    """If the group refuses, unread route tables and network ACLs do not matter."""
    for gap in (ROUTE_TABLE, ACL):
        assert path(gaps=(gap,), rules=(OFFICE,)).decided_by.link is Link.GROUP
        assert not reaching(analysis(gaps=(gap,), rules=(OFFICE,)))
    assert path(gaps=(GROUP,), entries=(DENIED,)).decided_by.link is Link.ACL
    assert path(gaps=(GROUP,), entries=(DENIED,)).state is PathState.REFUSED


def test_what_has_no_public_address_or_only_lets_out_has_no_path() -> None:
    assert analysis(interface={}).paths == ()
    assert analysis(kind="nat_gateway").paths == ()


def test_of_two_versions_of_ip_the_more_open_one_counts() -> None:
    both = {"Association": {"IpOwnerId": "amazon"}, "Ipv6Addresses": [{"Ipv6Address": "2a05:d014:77:8b00::7"}]}
    (found,) = six(interface=both).paths
    assert found.state is PathState.OPEN
    assert found.address == "eni-1 has 2a05:d014:77:8b00::7"
    (found,) = six(interface=both, rules=(SSH,)).paths
    assert found.state is PathState.REFUSED
    assert found.decided_by.link is Link.GROUP, "the version that gets further"
