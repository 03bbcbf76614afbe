"""Chains from the internet to an interface: an unread link is never closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from posture.core.gap import Gap, GapReason
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.pages.network.reachability import InboundPath, PathState
from posture.pages.network.subnets import Placement
from posture.pages.network.vpc_analysis import VpcAnalysis, analyze
from posture.pages.network.vpc_resources import GROUP, OF_VPC

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


def parts(  # noqa: PLR0913 - one for each part that a test changes
    *,
    routes: Any = (TO_INTERNET,),
    rules: Any = (SSH,),
    entries: Any = (EVERYTHING_IN,),
    vpc: Mapping[str, Any] | None = None,
    kind: str = "interface",
    subnet: Mapping[str, Any] | None = None,
    interface: Mapping[str, Any] | None = None,
    listed: Any = None,
) -> list[Resource]:
    """Make a VPC, then a subnet and an interface with a public address.

    `interface` replaces the addresses; `listed` are the entries of the prefix list pl-1.
    """
    addresses = {"Association": {"IpOwnerId": "amazon"}} if interface is None else interface
    prefix_list = {"PrefixListId": "pl-1", "Entries": listed}
    return [
        thing("AWS::EC2::VPC", "vpc/vpc-1", vpc or {}),
        thing("AWS::EC2::Subnet", "subnet/subnet-1", subnet or {}),
        *([] if listed is None else [thing("AWS::EC2::PrefixList", "prefix-list/pl-1", prefix_list)]),
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
                **addresses,
            },
            raw_observed={} if interface is not None else {"Association": {"PublicIp": "203.0.113.7"}},
        ),
    ]


def analysis(gaps: tuple[str, ...] = (), **changes: Any) -> VpcAnalysis:
    """Draw the VPC, the listings of some types refused."""
    made = parts(**changes)
    refused = [Gap(ACCOUNT, REGION, kind, "ec2:Describe", GapReason.DENIED, "AccessDenied") for kind in gaps]
    return analyze(made[0], Neighbourhood([one for one in made if one.type not in gaps], refused))


def reaching(found: VpcAnalysis) -> list[InboundPath]:
    """Return the paths by which the internet gets in, or may."""
    return [*found.open_paths, *found.possible_paths]


def test_an_open_chain_is_shown_link_by_link() -> None:
    """Address, route, ACL and group are each in it."""
    drawn = analysis()
    assert drawn.count(Placement.PUBLIC) == 1
    (path,) = reaching(drawn)
    assert path.state is PathState.OPEN
    assert path.ports == "tcp/22"
    assert path.chain == (
        "eni-1 has 203.0.113.7",
        "rtb-1 sends 0.0.0.0/0 to igw-1",
        "acl-1 allows port 22",
        "sg-1 allows 0.0.0.0/0 on tcp/22",
    )


def test_each_link_closes_the_chain() -> None:
    """A NAT route, a group that names the office, an ACL that denies: each is enough."""
    denied = {**EVERYTHING_IN, "RuleNumber": 50, "RuleAction": "deny"}
    assert reaching(analysis(routes=(TO_NAT,))) == []
    assert reaching(analysis(rules=(OFFICE,))) == []
    assert reaching(analysis(entries=(denied, EVERYTHING_IN))) == []
    assert reaching(analysis(vpc={"BlockPublicAccessStates": {"InternetGatewayBlockMode": "block-ingress"}})) == []
    assert reaching(analysis(kind="nat_gateway")) == []


def test_placements() -> None:
    """Public by an internet gateway, private by anything else, isolated by nothing."""
    assert analysis().count(Placement.PUBLIC) == 1
    assert analysis(routes=(TO_NAT,)).count(Placement.PRIVATE) == 1
    assert analysis(routes=()).count(Placement.ISOLATED) == 1
    assert analysis(routes=({**TO_INTERNET, "State": "blackhole"},)).count(Placement.PUBLIC) == 0


def test_what_could_not_be_read_is_never_closed() -> None:
    """A refused listing or field makes the path unknown, and it is shown so."""
    for kind in OF_VPC:
        drawn = analysis(gaps=(kind,))
        assert drawn.unseen, kind
    assert analysis(gaps=("AWS::EC2::RouteTable",)).subnets[0].placement is Placement.UNKNOWN
    (path,) = reaching(analysis(gaps=(GROUP,)))
    assert path.state is PathState.UNKNOWN
    unknown = Unknown("ec2:DescribeSecurityGroups", "AccessDenied", "denied")
    (path,) = reaching(analysis(rules=unknown))
    assert path.state is PathState.UNKNOWN


def test_what_it_reaches_is_named() -> None:
    """Gateways are named by what is behind them."""
    assert analysis(routes=(TO_NAT,)).reaches == ("the internet, outbound only, through nat-1 (0.0.0.0/0)",)


def test_routes_that_could_not_be_read_are_named() -> None:
    """A VPC whose routes are unknown is not said to reach nothing but itself."""
    drawn = analysis(routes=Unknown("ec2:DescribeRouteTables", "AccessDenied", "denied"))
    assert drawn.unseen == ("the routes of rtb-1 could not be read",)
    assert drawn.subnets[0].placement is Placement.UNKNOWN


SIX_TO_INTERNET = {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1", "State": "active"}
SIX_OUT_ONLY = {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}
SIX_IN = {"RuleNumber": 101, "Protocol": "-1", "RuleAction": "allow", "Egress": False, "Ipv6CidrBlock": "::/0"}
SIX_SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
SIX = {"Ipv6Addresses": [{"Ipv6Address": "2a05:d014:77:8b00::7"}]}


def six(**changes: Any) -> VpcAnalysis:
    """Draw the VPC with an interface whose only public address is an IPv6 one."""
    whole = {
        "routes": (TO_NAT, SIX_TO_INTERNET),
        "rules": (SIX_SSH,),
        "entries": (EVERYTHING_IN, SIX_IN),
        "interface": SIX,
    }
    return analysis(**{**whole, **changes})


def test_an_ipv6_address_is_a_path_though_ipv4_goes_through_nat() -> None:
    """Each version of IP has a chain of its own."""
    drawn = six()
    assert drawn.count(Placement.PUBLIC) == 1
    (path,) = reaching(drawn)
    assert path.state is PathState.OPEN
    assert path.ports == "tcp/22"
    assert path.chain == (
        "eni-1 has 2a05:d014:77:8b00::7",
        "rtb-1 sends ::/0 to igw-1",
        "acl-1 allows port 22",
        "sg-1 allows ::/0 on tcp/22",
    )


def test_each_link_closes_the_ipv6_chain() -> None:
    """An egress-only gateway is outbound only, and IPv4 rules do not open IPv6."""
    assert reaching(six(routes=(TO_NAT, SIX_OUT_ONLY))) == []
    assert six(routes=(TO_NAT, SIX_OUT_ONLY)).count(Placement.PRIVATE) == 1
    assert reaching(six(routes=(TO_INTERNET,))) == []
    assert reaching(six(rules=(SSH,))) == []
    assert reaching(six(entries=(EVERYTHING_IN,))) == []
    assert reaching(six(interface={"Ipv6Addresses": [{"Ipv6Address": "fd00:ec2::7"}]})) == []
    assert reaching(six(interface={})) == []


def test_an_ipv6_prefix_is_an_address_as_well() -> None:
    """Prefix delegation gives an interface eighty bits of the internet."""
    (path,) = reaching(six(interface={"Ipv6Prefixes": [{"Ipv6Prefix": "2a05:d014:77:8b00:1::/80"}]}))
    assert path.state is PathState.OPEN


def test_ipv6_addresses_that_could_not_be_read_are_a_doubt() -> None:
    """An unread field is no address that is missing."""
    unknown = Unknown("ec2:DescribeNetworkInterfaces", "AccessDenied", "denied")
    (path,) = reaching(six(interface={"Ipv6Addresses": unknown}))
    assert path.state is PathState.UNKNOWN


def test_both_versions_of_ip_are_one_path() -> None:
    """An interface is counted once, however it is reached."""
    both = {"Association": {"IpOwnerId": "amazon"}, **SIX}
    (path,) = reaching(six(routes=(TO_INTERNET, SIX_TO_INTERNET), rules=(SSH, SIX_SSH), interface=both))
    assert path.sources == "0.0.0.0/0 and ::/0"
    assert len(path.chain) == 7


def test_an_elastic_ip_on_a_secondary_address_is_a_path() -> None:
    """The interface's own association is that of its primary address."""
    second = {"PrivateIpAddresses": [{"Primary": True}, {"Association": {"IpOwnerId": "111122223333"}}]}
    (path,) = reaching(analysis(interface=second))
    assert path.chain[0] == "eni-1 has a public address"
    assert (
        reaching(analysis(interface={"PrivateIpAddresses": [{"Association": {"CustomerOwnedIp": "10.9.0.4"}}]})) == []
    )


LISTED = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-1"}]}


def test_a_rule_for_a_prefix_list_lets_in_its_entries() -> None:
    """A list of everyone opens, a list of offices does not."""
    (path,) = reaching(analysis(rules=(LISTED,), listed=[{"Cidr": "0.0.0.0/0"}]))
    assert path.state is PathState.OPEN
    assert path.sources == "0.0.0.0/0 (pl-1)"
    drawn = analysis(rules=(LISTED,), listed=[{"Cidr": "198.51.100.0/24"}])
    assert (reaching(drawn), drawn.unseen) == ([], ())


def test_an_unread_prefix_list_is_a_doubt_only_where_it_may_open() -> None:
    """What another rule opens is certain, what the network ACL closes is closed."""
    unknown = Unknown("ec2:GetManagedPrefixListEntries", "UnauthorizedOperation", "denied")
    drawn = analysis(rules=(LISTED,), listed=unknown)
    assert [path.state for path in reaching(drawn)] == [PathState.UNKNOWN]
    assert drawn.unseen == (f"the entries of pl-1 could not be read: {unknown}",)
    assert [path.state for path in reaching(analysis(rules=(LISTED, SSH), listed=unknown))] == [PathState.OPEN]
    web = {**EVERYTHING_IN, "Protocol": "6", "PortRange": {"From": 443, "To": 443}}
    assert reaching(analysis(rules=(LISTED,), listed=unknown, entries=(web,))) == []
    assert [path.state for path in reaching(analysis(rules=(LISTED,), gaps=("AWS::EC2::PrefixList",)))] == [
        PathState.UNKNOWN
    ]
    assert [path.state for path in reaching(analysis(rules=(LISTED,)))] == [PathState.UNKNOWN], (
        "a list that nobody shares any more"
    )


def test_a_route_by_prefix_list_places_a_subnet() -> None:
    """The list decides how far a route to the internet gateway reaches."""
    by_list = {"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1", "State": "active"}
    assert analysis(routes=(by_list,), listed=[{"Cidr": "0.0.0.0/0"}]).count(Placement.PUBLIC) == 1
    assert analysis(routes=(by_list,), listed=[{"Cidr": "198.51.100.0/24"}]).count(Placement.PRIVATE) == 1
    drawn = analysis(routes=(by_list,))
    assert drawn.unknown == 1
    assert [path.state for path in reaching(drawn)] == [PathState.UNKNOWN]


def test_an_unread_route_of_one_version_does_not_hide_in_the_other() -> None:
    """That IPv4 is public says nothing of IPv6."""
    by_list = {"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1", "State": "active"}
    drawn = six(routes=(TO_INTERNET, by_list))
    assert drawn.count(Placement.PUBLIC) == 1
    assert [path.state for path in reaching(drawn)] == [PathState.UNKNOWN]


def test_a_group_wider_than_the_acl_is_a_path_on_what_both_let_in() -> None:
    """The port that the network ACL allows may be anywhere in the group's range."""
    web = {**EVERYTHING_IN, "Protocol": "6", "PortRange": {"From": 443, "To": 443}}
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    (path,) = reaching(analysis(rules=(everything,), entries=(web,)))
    assert "acl-1 allows port 443" in path.chain
    (path,) = reaching(analysis(rules=(SSH, {**SSH, "FromPort": 443, "ToPort": 443}), entries=(web,)))
    assert path.ports == "tcp/443"


def test_a_subnet_that_is_excluded_from_block_public_access_is_open() -> None:
    """An exclusion shows in the subnet's own state, not in the VPC's."""
    on, off = ({"BlockPublicAccessStates": {"InternetGatewayBlockMode": mode}} for mode in ("block-ingress", "off"))
    assert len(analysis(vpc=on, subnet=off).paths) == 1
    assert reaching(analysis(vpc=off, subnet=on)) == []


ANYONE = [{"CidrIp": "0.0.0.0/0"}]


@pytest.mark.parametrize(
    "odd",
    [
        {"rules": ({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "abc"}]},)},
        {"rules": ({"IpProtocol": "tcp", "FromPort": "a", "ToPort": 2, "IpRanges": ANYONE},)},
        {"rules": "abc"},
        {"rules": (None,)},
        {"entries": ({**EVERYTHING_IN, "RuleNumber": None},)},
        {"entries": ({**EVERYTHING_IN, "CidrBlock": "x"},)},
        {"routes": ("x",)},
        {"routes": ({**TO_INTERNET, "DestinationCidrBlock": "x"},)},
        {"interface": {"Association": {"IpOwnerId": "amazon"}, "Groups": "x"}},
    ],
)
def test_an_odd_configuration_is_a_doubt_and_no_error(odd: Mapping[str, Any]) -> None:
    drawn = analysis(**odd)
    assert drawn.unseen or [path.state for path in reaching(drawn)] == [PathState.UNKNOWN]
    assert len(drawn.subnets) == 1


def test_rules_that_take_too_long_are_a_doubt() -> None:
    """A thousand entries with ports of their own, where AWS allows forty."""
    entries = [
        {
            **EVERYTHING_IN,
            "RuleNumber": n,
            "RuleAction": "deny",
            "Protocol": "6",
            "PortRange": {"From": n, "To": n + 30000},
        }
        for n in range(1000)
    ]
    made = parts(entries=entries, rules=({"IpProtocol": "-1", "IpRanges": ANYONE},))
    for seconds in (0.2, 0.0):
        drawn = analyze(made[0], Neighbourhood(made, []), seconds)
        assert [one.placement for one in drawn.subnets] == [Placement.UNKNOWN]
        assert drawn.unseen == ("its rules take too long to evaluate",)
