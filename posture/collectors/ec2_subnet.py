"""Subnets, shared ones and those on an Outpost included."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::Subnet",
    title="Subnet",
    plural="Subnets",
    service="ec2",
    family=Family.NETWORK,
    actions=("ec2:DescribeSubnets",),
    columns=(
        Column("SubnetId", "Subnet"),
        Column("VpcId", "VPC"),
        Column("CidrBlock", "CIDR block"),
        Column("AvailabilityZone", "Zone"),
        Column("MapPublicIpOnLaunch", "Gives public addresses"),
        Column("OutpostArn", "Outpost"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation("OutpostArn", "AWS::Outposts::Outpost"),
    ),
    ignored=("AvailableIpAddressCount", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.StatusMessage"),
    observed=("State",),
    unordered=("Ipv6CidrBlockAssociationSet",),
)
def subnets(ask: Ask) -> Iterator[Resource]:
    """A part of a VPC in one zone, or on one Outpost: its routes say whether the internet can reach in."""
    for raw in ask.pages("ec2", "describe_subnets", "Subnets", MaxResults=1000):
        arn = raw.get("SubnetArn") or ask.arn("ec2", f"subnet/{raw['SubnetId']}", account_id=raw.get("OwnerId"))
        yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
