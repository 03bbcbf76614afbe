"""The chain from the internet to an interface: every link matters, and an unread one is never closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posture.core.gap import Gap, GapReason
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.network.isolation import GROUP, NEEDED, Placement, VpcPicture, draw

REGION, ACCOUNT = "eu-central-1", "111122223333"

EVERYTHING_IN = {
    "RuleNumber": 100,
    "Protocol": "-1",
    "RuleAction": "allow",
    "Egress": False,
    "CidrBlock": "0.0.0.0/0",
}
TO_INTERNET = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
TO_NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
OFFICE = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "198.51.100.0/24"}]}


def thing(kind: str, path: str, config: Mapping[str, Any], **rest: Any) -> Resource:
    """Make a resource of the VPC vpc-1."""
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:{path}"
    return Resource(kind, arn, ACCOUNT, REGION, path, {"VpcId": "vpc-1", **config}, **rest)


def parts(
    routes: Any = (TO_INTERNET,),
    rules: Any = (SSH,),
    entries: Any = (EVERYTHING_IN,),
    vpc: Mapping[str, Any] | None = None,
    kind: str = "interface",
) -> list[Resource]:
    """Make a VPC with one subnet and one interface with a public address; the VPC comes first."""
    return [
        thing("AWS::EC2::VPC", "vpc/vpc-1", vpc or {}),
        thing("AWS::EC2::Subnet", "subnet/subnet-1", {}),
        thing("AWS::EC2::RouteTable", "route-table/rtb-1", {"Associations": [{"Main": True}], "Routes": routes}),
        thing(
            "AWS::EC2::NetworkAcl",
            "network-acl/acl-1",
            {"Associations": [{"SubnetId": "subnet-1"}], "Entries": entries},
        ),
        thing("AWS::EC2::SecurityGroup", "security-group/sg-1", {"IpPermissions": rules}),
        thing(
            "AWS::EC2::NetworkInterface",
            "network-interface/eni-1",
            {
                "SubnetId": "subnet-1",
                "InterfaceType": kind,
                "Groups": [{"GroupId": "sg-1"}],
                "Association": {"IpOwnerId": "amazon"},
            },
            raw_observed={"Association": {"PublicIp": "203.0.113.7"}},
        ),
    ]


def picture(gaps: tuple[str, ...] = (), **changes: Any) -> VpcPicture:
    """Draw the VPC, the listings of some types refused."""
    made = parts(**changes)
    refused = [Gap(ACCOUNT, REGION, kind, "ec2:Describe", GapReason.DENIED, "AccessDenied") for kind in gaps]
    return draw(made[0], Neighbourhood([one for one in made if one.type not in gaps], refused))


def test_an_open_chain_is_told_link_by_link() -> None:
    """Address, route, ACL and group each stand in it."""
    drawn = picture()
    assert drawn.public == 1
    (path,) = drawn.paths
    assert path.certain
    assert path.ports == "tcp/22"
    assert path.chain == (
        "eni-1 has 203.0.113.7",
        "rtb-1 sends 0.0.0.0/0 to igw-1",
        "acl-1 lets in port 22",
        "sg-1 lets in 0.0.0.0/0 on tcp/22",
    )


def test_each_link_closes_the_chain() -> None:
    """A NAT route, a group that names the office, an ACL that denies: each is enough."""
    denied = {**EVERYTHING_IN, "RuleNumber": 50, "RuleAction": "deny"}
    assert picture(routes=(TO_NAT,)).paths == ()
    assert picture(rules=(OFFICE,)).paths == ()
    assert picture(entries=(denied, EVERYTHING_IN)).paths == ()
    assert picture(vpc={"BlockPublicAccessStates": {"InternetGatewayBlockMode": "block-ingress"}}).paths == ()
    assert picture(kind="nat_gateway").paths == ()


def test_placements() -> None:
    """Public by an internet gateway, private by anything else, isolated by nothing."""
    assert picture().public == 1
    assert picture(routes=(TO_NAT,)).private == 1
    assert picture(routes=()).isolated == 1
    assert picture(routes=({**TO_INTERNET, "State": "blackhole"},)).public == 0


def test_what_could_not_be_read_is_never_closed() -> None:
    """A refused listing or field leaves the path open to doubt, and the doubt is shown."""
    for kind in NEEDED:
        drawn = picture(gaps=(kind,))
        assert drawn.unseen, kind
    assert picture(gaps=("AWS::EC2::RouteTable",)).subnets[0].placement is Placement.UNKNOWN
    (path,) = picture(gaps=(GROUP,)).paths
    assert not path.certain
    unknown = Unknown("ec2:DescribeSecurityGroups", "AccessDenied", "denied")
    (path,) = picture(rules=unknown).paths
    assert not path.certain


def test_what_it_reaches_is_named() -> None:
    """Gateways are told by what lies behind them."""
    assert picture(routes=(TO_NAT,)).reaches == ("the internet, outbound only, through nat-1 (0.0.0.0/0)",)


def test_routes_that_could_not_be_read_are_named() -> None:
    """A VPC whose routes are unknown is not said to reach nothing but itself."""
    drawn = picture(routes=Unknown("ec2:DescribeRouteTables", "AccessDenied", "denied"))
    assert drawn.unseen == ("the routes of rtb-1 could not be read",)
    assert drawn.subnets[0].placement is Placement.UNKNOWN
