"""Route tables with their routes and the subnets that follow them."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_EC2 = "arn:{partition}:ec2:{region}:{account}:"


@collector(
    resource_type="AWS::EC2::RouteTable",
    title="Route table",
    plural="Route tables",
    service="ec2",
    family=Family.NETWORK,
    actions=("ec2:DescribeRouteTables",),
    columns=(
        Column("RouteTableId", "Route table"),
        Column("VpcId", "VPC"),
        Column("Associations", "Subnets"),
        Column("Routes", "Routes"),
        Column("OwnerId", "Owner"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("Associations.SubnetId", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
        Relation("Routes.NatGatewayId", "AWS::EC2::NatGateway", _EC2 + "natgateway/{id}"),
        Relation("Routes.TransitGatewayId", "AWS::EC2::TransitGateway", _EC2 + "transit-gateway/{id}"),
        Relation(
            "Routes.VpcPeeringConnectionId", "AWS::EC2::VPCPeeringConnection", _EC2 + "vpc-peering-connection/{id}"
        ),
        Relation("Routes.LocalGatewayId", "AWS::EC2::LocalGateway", _EC2 + "local-gateway/{id}"),
    ),
    ignored=("Associations.AssociationState",),
    unordered=("Associations", "Routes", "PropagatingVgws"),
)
def route_tables(ask: Ask) -> Iterator[Resource]:
    """Where a subnet's packets go: a route to an internet gateway is what makes a subnet public."""
    for raw in ask.pages("ec2", "describe_route_tables", "RouteTables", MaxResults=100):
        arn = ask.arn("ec2", f"route-table/{raw['RouteTableId']}", account_id=raw.get("OwnerId"))
        yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
