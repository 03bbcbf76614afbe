"""A VPC: how far the internet gets into it."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import vpc
from posture.drawing.vpc import (
    ChainLink,
    Lane,
    LineState,
    LinkVerdict,
    Note,
    Outside,
    Subnet,
    SubnetChip,
    SubnetRow,
    Vpc,
)
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example

GATEWAY = ChainLink(LinkVerdict.PASSES, "", "igw-ac01a2df962a205a8")
ROUTE = ChainLink(LinkVerdict.PASSES, "0.0.0.0/0 to igw-ac01a2df962a205a8", "rtb-08c271478eae05c71")
ACL = ChainLink(LinkVerdict.PASSES, "rule 100 allows all", "acl-0b93d1f47ac2e8d05")


def examples() -> Sequence[Example]:
    """Return VPCs: open, refused and unknown lanes, no gateway, and unread."""
    unread = Vpc("empty", "vpc-1", "10.0.0.0/16", gap="Its subnets could not be listed.", note=Note("No gateway"))
    return [
        ("Open, not read, refused: the link that decides.", vpc.draw(_shop(), "A VPC with three ways in")),
        ("Without an internet gateway; one subnet's routes are unknown.", vpc.draw(_inside(), "A VPC without ways in")),
        ("Its subnets could not be listed.", vpc.draw(unread, "A VPC that could not be read")),
    ]


def _subnet(name: str, number: int, *chips: SubnetChip) -> Subnet:
    return Subnet(name, f"10.20.{number}.0/20", chips, "#")


def _shop() -> Vpc:
    public = [
        [_subnet("public-a", 0, SubnetChip("lb-a", "load balancer", 1, LineState.OPEN, "#"))],
        [_subnet(HOSTILE, 16, SubnetChip("jump", "jump host", 1, LineState.REFUSED))],
        [_subnet(LONG_NAME, 32, SubnetChip("search", "search tasks", 2, LineState.UNKNOWN))],
    ]
    private = [
        [_subnet(f"app-{zone}", 64, SubnetChip("", "instances", 4), SubnetChip("", LONG_NAME, 6))] for zone in "abc"
    ]
    isolated = [[_subnet("data-a", 128, SubnetChip("", "database", 1))], [], [_subnet("data-c", 130)]]
    lanes = [
        _lane(
            "tcp/443, tcp/80", "a load balancer", LineState.OPEN, LinkVerdict.PASSES, "443 and 80 from anywhere", "lb-a"
        ),
        _lane("tcp/8443", HOSTILE, LineState.UNKNOWN, LinkVerdict.UNREAD, "8443 from pl-63a5, not read", "search"),
        _lane("tcp/22", "jump", LineState.REFUSED, LinkVerdict.STOPS, "22 from 198.51.100.0/26 only", "jump"),
    ]
    outside = [
        Outside("Transit gateway", "10.0.0.0/8 to network-hub", "private"),
        Outside("Peerings", "could not be listed", "private", is_unread=True),
        Outside("2 gateway endpoints", "S3 and DynamoDB", "isolated"),
    ]
    return Vpc(
        "shop", "vpc-0d41f2a9c8e7b6350", "10.20.0.0/16", ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
        [SubnetRow("Public", "public", "a route leads to the internet gateway", public),
         SubnetRow("Private", "private", "out only, through a NAT gateway", private),
         SubnetRow("Isolated", "isolated", "no route out", isolated)],
        lanes, "igw-ac01a2df962a205a8", Note("14 more ways refused", ["9 without a route"], "#"), outside,
    )  # fmt: skip


def _lane(ports: str, name: str, state: LineState, verdict: LinkVerdict, reason: str, key: str) -> Lane:
    return Lane(
        ports, name, state, [GATEWAY, ROUTE, ACL, ChainLink(verdict, reason, "sg-0a4be7c1d2f3a4b5c")], [key], "#"
    )


def _inside() -> Vpc:
    rows = [
        SubnetRow("Private", "private", "out only, through network-hub",
            [[_subnet("app-a", 32, SubnetChip("", "instances", 3))], []]),
        SubnetRow("Unknown", "unknown", "routes could not be read",
            [[_subnet("lab-a", 96, SubnetChip("", "interfaces not listed", None))], []]),
    ]  # fmt: skip
    note = Note("No internet gateway", ["so nothing comes in here", "1 subnet is not known"])
    zones = ["eu-central-1a", "eu-central-1b"]
    return Vpc("analytics", "vpc-031d2d1effd62b4b3", "10.28.0.0/16", zones, rows, note=note)
