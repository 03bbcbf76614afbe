"""VPCs to draw: a small one with a gap, three zones, and six full zones."""

from __future__ import annotations

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

IGW = ChainLink(LinkVerdict.PASSES, "", "igw-ac01a2df962a205a8")
ROUTE = ChainLink(LinkVerdict.PASSES, "0.0.0.0/0 to igw-ac01a2df962a205a8", "rtb-08c271478eae05c71")
ACL = ChainLink(LinkVerdict.PASSES, "rule 100 allows all", "acl-0b93d1f47ac2e8d05")


def group(verdict: LinkVerdict, reason: str) -> ChainLink:
    """Return a security group's link."""
    return ChainLink(verdict, reason, "sg-0a4be7c1d2f3a4b5c")


def subnet(name: str, number: int, *chips: SubnetChip) -> Subnet:
    """Return a subnet with a range of its own."""
    return Subnet(name, f"10.20.{number}.0/20", chips, f"/subnet/{number}")


def shop() -> Vpc:
    """Return three zones with an open, a refused and an unknown way."""
    balancer = [SubnetChip(f"lb-{zone}", "load balancer", 1, LineState.OPEN, "/lb") for zone in "abc"]
    public = [
        [subnet("shop-public-a", 0, balancer[0], SubnetChip("", "NAT gateway", 1))],
        [subnet("shop-public-b", 16, balancer[1], SubnetChip("jump", "jump host", 1, LineState.REFUSED))],
        [subnet("shop-public-c", 32, balancer[2], SubnetChip("search", "search tasks", 2, LineState.UNKNOWN))],
    ]
    private = [
        [subnet(f"shop-app-{z}", 64 + n, SubnetChip("", "instances", 4), SubnetChip("", "tasks", 6))]
        for n, z in enumerate("abc")
    ]
    isolated = [
        [subnet(f"shop-data-{z}", 128 + n, *([SubnetChip("", "database", 1)] if n else []))]
        for n, z in enumerate("abc")
    ]
    lanes = [
        Lane(
            "tcp/443, tcp/80",
            "shop-alb in 3 zones",
            LineState.OPEN,
            [IGW, ROUTE, ACL, group(LinkVerdict.PASSES, "443 and 80 from anywhere")],
            ["lb-a", "lb-b", "lb-c"],
            "#way-1",
        ),
        Lane(
            "tcp/8443",
            "shop-search, 2 tasks",
            LineState.UNKNOWN,
            [IGW, ROUTE, ACL, group(LinkVerdict.UNREAD, "8443 from pl-63a5, not read")],
            ["search"],
            "#way-2",
        ),
        Lane(
            "tcp/22",
            "shop-jump",
            LineState.REFUSED,
            [IGW, ROUTE, ACL, group(LinkVerdict.STOPS, "22 from 198.51.100.0/26 only")],
            ["jump"],
            "#way-3",
        ),
    ]
    return Vpc(
        "shop", "vpc-0d41f2a9c8e7b6350", "10.20.0.0/16", ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
        [SubnetRow("Public", "public", "a route leads to the internet gateway", public),
         SubnetRow("Private", "private", "out only, through a NAT gateway", private),
         SubnetRow("Isolated", "isolated", "no route out", isolated)],
        lanes, "igw-ac01a2df962a205a8",
        Note("14 more ways refused", ["9 without a route", "4 by a security group"], "#ways"),
        [Outside("Transit gateway", "10.0.0.0/8 to network-hub", "private"),
         Outside("Peerings", "could not be listed", "private", is_unread=True),
         Outside("2 gateway endpoints", "S3 and DynamoDB", "isolated")],
    )  # fmt: skip


def little() -> Vpc:
    """Return two zones without a gateway, one subnet of which is not known."""
    rows = [
        SubnetRow("Private", "private", "out only, through network-hub",
            [[subnet("app-a", 32, SubnetChip("", "instances", 3))], []]),
        SubnetRow("Unknown", "unknown", "routes could not be read",
            [[subnet("lab-a", 96, SubnetChip("", "interfaces not listed", None))], []]),
    ]  # fmt: skip
    note = Note("No internet gateway", ["so nothing comes in here", "1 subnet is not known"])
    return Vpc(
        "analytics", "vpc-031d2d1effd62b4b3", "10.28.0.0/16", ["eu-central-1a", "eu-central-1b"], rows, note=note
    )


def nothing(gap: str = "") -> Vpc:
    """Return a VPC without subnets, or with subnets that could not be listed."""
    return Vpc("empty", "vpc-1", "10.0.0.0/16", gap=gap, note=Note("No internet gateway"))


def much(name: str = "edge") -> Vpc:
    """Return six zones, four lanes, stacked subnets and a reached unknown row."""
    zones = [f"us-east-1{letter}" for letter in "abcdef"]
    many = [SubnetChip("", f"kind number {n}", 64 * n) for n in range(1, 6)]

    def cell(kind: str, number: int) -> list[Subnet]:
        chips = [SubnetChip(f"{kind}-{number}", "load balancers", 2, LineState.OPEN)] if kind == "public" else many
        found = [subnet(f"{name}-{kind}-{number}", number * 16, *chips, SubnetChip("", "NAT", 1))]
        if kind == "isolated":
            odd = SubnetChip(f"odd-{number}", "interfaces", 9, LineState.UNKNOWN)
            found += [subnet(f"{name}-second", 7), subnet(f"{name}-third", 9, odd)]
        return found

    rows = [
        SubnetRow(
            kind.capitalize(), kind, f"a reason that takes a lot of words for {name}", [cell(kind, n) for n in range(6)]
        )
        for kind in ("public", "private", "isolated")
    ]
    lanes = [
        Lane(
            "tcp/443",
            f"{name} in 3 zones",
            LineState.OPEN,
            [IGW, ROUTE, ACL, group(LinkVerdict.PASSES, "443 from all")],
            ["public-0", "public-2", "public-4"],
        ),
        Lane(
            "tcp/8883, tcp/1883, udp/1-65535",
            name,
            LineState.OPEN,
            [IGW, ROUTE, ACL, group(LinkVerdict.PASSES, "8883 from all")],
            ["public-1", "public-0"],
        ),
        Lane(
            "all protocols",
            name,
            LineState.UNKNOWN,
            [IGW, ChainLink(LinkVerdict.UNREAD, "routes could not be read", "rtb-1")],
            ["odd-3", "odd-0"],
        ),
        Lane(
            "udp/500",
            name,
            LineState.REFUSED,
            [IGW, ROUTE, ChainLink(LinkVerdict.STOPS, "rule 90 denies udp/500", "acl-0c41")],
            ["public-5"],
        ),
    ]
    outside = [
        Outside(f"{number} peerings of {name}", f"routes of {name} that lead there", "private") for number in range(6)
    ]
    note = Note(f"131 more ways into {name} refused", ["9 without a route", "120 by a security group"], "#ways")
    return Vpc(
        name, "vpc-0f7d20c1b6aa49e13", "10.64.0.0/14", zones, rows, lanes, "igw-0c5b1e77a2d94f603", note, outside
    )
