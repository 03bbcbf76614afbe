"""The chart of a VPC groups paths, keeps a refused one, and counts the rest."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from posture.core.gap import Gap, GapReason
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.pages.network import charts, vpc_drawing
from posture.pages.network.interface_kinds import instance_arn, kind_of, owner_name
from posture.pages.network.path_groups import group_paths
from posture.pages.network.reachability import PathState
from posture.pages.network.vpc_analysis import VpcAnalysis, analyze
from posture.pages.network.vpc_resources import INTERNET_GATEWAY
from tests.network.test_vpc_analysis import ACCOUNT, OFFICE, REGION, SSH, analysis, parts, thing

WEB = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def several(*rules: Any) -> VpcAnalysis:
    """Draw the VPC with an interface behind a group of its own for each of the rules."""
    made = parts()
    groups = [
        thing("AWS::EC2::SecurityGroup", f"security-group/g-{n}", {"IpPermissions": one}) for n, one in enumerate(rules)
    ]
    interfaces = [
        thing(
            "AWS::EC2::NetworkInterface",
            f"network-interface/eni-{number}",
            {**made[-1].raw_config, "Groups": [{"GroupId": f"g-{number}"}]},
        )
        for number in range(len(rules))
    ]
    return analyze(made[0], Neighbourhood([*made[:-1], *groups, *interfaces], []))


def interface(description: str = "", kind: str = "interface", **config: Any) -> Resource:
    """Return an interface with a description."""
    return thing("AWS::EC2::NetworkInterface", "eni-9", {"Description": description, "InterfaceType": kind, **config})


@pytest.mark.parametrize(
    ("one", "noun", "name"),
    [
        (interface("ELB app/shop-alb/50dc6c495c0c9188"), "load balancer", "shop-alb"),
        (interface("ELB classic"), "load balancer", "classic"),
        (interface("RDSNetworkInterface"), "database", "eni-9"),
        (interface("arn:aws:ecs:eu-central-1:111122223333:attachment/1"), "task", "eni-9"),
        (interface("", "nat_gateway"), "NAT gateway", "eni-9"),
        (interface("", "lambda"), "function", "eni-9"),
        (interface(Attachment={"InstanceId": "i-1"}), "instance", "i-1"),
        (
            interface(Attachment=Unknown("ec2:DescribeNetworkInterfaces", "AccessDenied", "denied")),
            "interface",
            "eni-9",
        ),
    ],
)
def test_interfaces_are_named_after_what_they_belong_to(one: Resource, noun: str, name: str) -> None:
    assert kind_of(one).one == noun
    assert owner_name(one) == name


def test_a_source_that_was_not_read_is_not_anywhere() -> None:
    (unread,) = group_paths(analysis(gaps=("AWS::EC2::SecurityGroup",)).paths)
    (known,) = group_paths(analysis().paths)
    assert unread.source == "unknown sources"
    assert known.source == "anywhere"


def test_an_instance_is_called_by_its_name_where_it_is_known() -> None:
    one = interface(Attachment={"InstanceId": "i-1"})
    names = {instance_arn(one): "jump-host"}
    assert instance_arn(one) == f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1"
    assert owner_name(one, names) == "jump-host"
    assert owner_name(interface("ELB app/shop-alb/5"), names) == "shop-alb"


def test_ways_that_differ_in_the_interface_alone_are_one() -> None:
    made = parts()
    second = dataclasses.replace(made[-1], arn=f"{made[-1].arn}-b")
    found = group_paths(analyze(made[0], Neighbourhood([*made, second], [])).paths)
    assert [(path.state, path.number, path.ports) for path in found] == [(PathState.OPEN, 2, "tcp/22")]
    assert len(group_paths(several((SSH,), (WEB,)).paths)) == 2


def test_the_most_open_come_first_and_one_that_is_refused_is_kept() -> None:
    drawn = several(
        (SSH,), (WEB,), ({**WEB, "FromPort": 80},), ({**WEB, "ToPort": 444},), ({**SSH, "ToPort": 23},), (OFFICE,)
    )
    found = group_paths(drawn.paths)
    assert [path.state for path in found] == [PathState.OPEN] * 5 + [PathState.REFUSED]
    shown = vpc_drawing._chosen(found)
    assert [path.state for path in shown] == [PathState.OPEN] * 3 + [PathState.REFUSED]
    note = vpc_drawing._note(drawn, found, shown)
    assert note
    assert note.title == "2 more paths open"


def test_the_title_counts_ways_by_state() -> None:
    drawn = several((SSH,), (WEB,), (OFFICE,))
    assert charts.title(group_paths(drawn.paths), drawn, "shop") == "Two inbound paths are open, one is refused"
    nothing = analysis(rules=(OFFICE,))
    assert charts.title(group_paths(nothing.paths), nothing, "shop") == "1 inbound path, refused"
    unread = analysis(gaps=("AWS::EC2::SecurityGroup",))
    assert charts.title(group_paths(unread.paths), unread, "shop") == "One inbound path could not be read"
    blind = analysis(gaps=("AWS::EC2::NetworkInterface",))
    assert charts.title([], blind, "shop") == "Inbound paths are unknown"


def test_the_heading_counts_what_is_certain_and_what_is_not() -> None:
    assert charts.heading(analysis(), "shop") == "The internet reaches 1 interface in shop"
    assert (
        charts.heading(analysis(gaps=("AWS::EC2::SecurityGroup",)), "shop")
        == "The internet may reach 1 interface in shop"
    )
    assert charts.heading(analysis(rules=(OFFICE,)), "shop") == "The internet reaches nothing in shop"
    assert charts.heading(analysis(gaps=("AWS::EC2::NetworkInterface",)), "shop").endswith("is unknown")


def note_of(*resources: Resource, gaps: tuple[Gap, ...] = ()) -> str:
    """Return the note right of the beam if nothing has a public address."""
    made = parts(interface={}, routes=())
    drawn = analyze(made[0], Neighbourhood([*made, *resources], gaps))
    note = vpc_drawing._note(drawn, [], [])
    assert note
    return note.title


def test_why_nothing_comes_in_is_said_and_an_unread_gateway_is_not_none() -> None:
    attached = thing(INTERNET_GATEWAY, "internet-gateway/igw-1", {"Attachments": [{"VpcId": "vpc-1"}]})
    denied = Gap(ACCOUNT, REGION, INTERNET_GATEWAY, "ec2:DescribeInternetGateways", GapReason.DENIED, "AccessDenied")
    assert note_of() == "No internet gateway"
    assert note_of(attached) == "Nothing reached"
    assert note_of(gaps=(denied,)) == "Gateways not listed"


def nowhere(_arn: str) -> str:
    """Return no page for a resource."""
    return ""


def zones(number: int) -> VpcAnalysis:
    """Draw a VPC with a subnet in each of many zones, and four in the first."""
    made = parts()
    more = [
        thing(
            "AWS::EC2::Subnet", f"subnet/s-{n}", {"AvailabilityZone": f"zone-{n % number}", "CidrBlock": "10.0.0.0/24"}
        )
        for n in range(number + 3 * number)
    ]
    return analyze(made[0], Neighbourhood([made[0], made[2], *more], []))


def test_more_than_six_zones_and_more_than_three_subnets_are_counted() -> None:
    grid = vpc_drawing._Grid(zones(8), nowhere)
    assert grid.zone_names[-1] == "+ 3 zones"
    (row,) = grid.rows()
    assert [len(cell) for cell in row.cells] == [3, 3, 3, 3, 3, 1]
    assert row.cells[0][-1].name == "+ 2 subnets"
    assert row.cells[-1][0].name == "12 subnets"


def test_subnets_that_are_not_known_are_no_missing_subnets() -> None:
    assert vpc_drawing._gap(analysis()) == ""
    assert vpc_drawing._gap(analysis(gaps=("AWS::EC2::Subnet",))).startswith("Subnet could not be listed")
    assert (
        vpc_drawing._gap(VpcAnalysis(parts()[0], unseen=("it takes too long",), has_subnets=False))
        == "it takes too long"
    )


def test_interfaces_that_could_not_be_listed_are_not_none() -> None:
    grid = vpc_drawing._Grid(analysis(gaps=("AWS::EC2::NetworkInterface",)), nowhere)
    (row,) = grid.rows()
    (chip,) = row.cells[0][0].chips
    assert chip.count is None
