"""The picture of a VPC merges ways that are alike, keeps one that is refused, and counts what it does not draw."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from posture.core.gap import Gap, GapReason
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.pages.network import charts
from posture.pages.network.interface_kinds import instance_arn, kind_of, owner_name
from posture.pages.network.isolation import INTERNET_GATEWAY, VpcPicture, draw
from posture.pages.network.reachability import WayState
from tests.network.test_isolation import ACCOUNT, OFFICE, REGION, SSH, parts, picture, thing

WEB = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def several(*rules: Any) -> VpcPicture:
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
    return draw(made[0], Neighbourhood([*made[:-1], *groups, *interfaces], []))


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
    (unread,) = charts.merged(picture(gaps=("AWS::EC2::SecurityGroup",)).ways)
    (known,) = charts.merged(picture().ways)
    assert unread.source == "sources that are not known"
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
    found = charts.merged(draw(made[0], Neighbourhood([*made, second], [])).ways)
    assert [(way.state, way.number, way.ports) for way in found] == [(WayState.OPEN, 2, "tcp/22")]
    assert len(charts.merged(several((SSH,), (WEB,)).ways)) == 2


def test_the_most_open_come_first_and_one_that_is_refused_is_kept() -> None:
    drawn = several(
        (SSH,), (WEB,), ({**WEB, "FromPort": 80},), ({**WEB, "ToPort": 444},), ({**SSH, "ToPort": 23},), (OFFICE,)
    )
    found = charts.merged(drawn.ways)
    assert [way.state for way in found] == [WayState.OPEN] * 5 + [WayState.REFUSED]
    shown = charts._chosen(found)
    assert [way.state for way in shown] == [WayState.OPEN] * 3 + [WayState.REFUSED]
    note = charts._note(drawn, found, shown)
    assert note
    assert note.title == "2 more ways open"


def test_the_title_counts_ways_by_state() -> None:
    drawn = several((SSH,), (WEB,), (OFFICE,))
    assert charts.title(charts.merged(drawn.ways), drawn, "shop") == "Two ways in are open, one is refused"
    nothing = picture(rules=(OFFICE,))
    assert charts.title(charts.merged(nothing.ways), nothing, "shop") == "Nothing reaches shop"
    unread = picture(gaps=("AWS::EC2::SecurityGroup",))
    assert charts.title(charts.merged(unread.ways), unread, "shop") == "One way in could not be read"
    blind = picture(gaps=("AWS::EC2::NetworkInterface",))
    assert charts.title([], blind, "shop") == "Nothing reaches shop, as far as it was read"


def test_the_heading_counts_what_is_certain_and_what_is_not() -> None:
    assert charts.heading(picture(), "shop") == "The internet reaches 1 interface in shop"
    assert (
        charts.heading(picture(gaps=("AWS::EC2::SecurityGroup",)), "shop")
        == "The internet may reach 1 interface in shop"
    )
    assert charts.heading(picture(rules=(OFFICE,)), "shop") == "The internet reaches nothing in shop"
    assert charts.heading(picture(gaps=("AWS::EC2::NetworkInterface",)), "shop").endswith("is unknown")


def note_of(*resources: Resource, gaps: tuple[Gap, ...] = ()) -> str:
    """Return what stands at the right of the beam where nothing has a public address."""
    made = parts(interface={}, routes=())
    drawn = draw(made[0], Neighbourhood([*made, *resources], gaps))
    note = charts._note(drawn, [], [])
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


def zones(number: int) -> VpcPicture:
    """Draw a VPC with a subnet in each of many zones, and four in the first."""
    made = parts()
    more = [
        thing(
            "AWS::EC2::Subnet", f"subnet/s-{n}", {"AvailabilityZone": f"zone-{n % number}", "CidrBlock": "10.0.0.0/24"}
        )
        for n in range(number + 3 * number)
    ]
    return draw(made[0], Neighbourhood([made[0], made[2], *more], []))


def test_more_than_six_zones_and_more_than_three_subnets_are_counted() -> None:
    grid = charts._Grid(zones(8), nowhere)
    assert grid.zone_names[-1] == "+ 3 zones"
    (row,) = grid.rows()
    assert [len(cell) for cell in row.cells] == [3, 3, 3, 3, 3, 1]
    assert row.cells[0][-1].name == "+ 2 subnets"
    assert row.cells[-1][0].name == "12 subnets"


def test_subnets_that_are_not_known_are_no_missing_subnets() -> None:
    assert charts._gap(picture()) == ""
    assert charts._gap(picture(gaps=("AWS::EC2::Subnet",))).startswith("Subnet could not be listed")
    assert charts._gap(VpcPicture(parts()[0], unseen=("it takes too long",), has_subnets=False)) == "it takes too long"


def test_interfaces_that_could_not_be_listed_are_not_none() -> None:
    grid = charts._Grid(picture(gaps=("AWS::EC2::NetworkInterface",)), nowhere)
    (row,) = grid.rows()
    (chip,) = row.cells[0][0].chips
    assert chip.count is None
