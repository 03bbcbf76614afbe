"""Route tables of local gateways: routes, associated VPCs and interface groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_VPCS = "LocalGatewayRouteTableVpcAssociations"
_GROUPS = "LocalGatewayRouteTableVirtualInterfaceGroupAssociations"


@collector(
    resource_type="AWS::EC2::LocalGatewayRouteTable",
    title="Local gateway route table",
    plural="Local gateway route tables",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=(
        "ec2:DescribeLocalGatewayRouteTables",
        "ec2:SearchLocalGatewayRoutes",
        "ec2:DescribeLocalGatewayRouteTableVpcAssociations",
        "ec2:DescribeLocalGatewayRouteTableVirtualInterfaceGroupAssociations",
    ),
    columns=(
        Column("LocalGatewayRouteTableId", "Route table"),
        Column("OutpostArn", "Outpost"),
        Column("Mode", "Addresses"),
        Column("Routes", "Routes"),
        Column(_VPCS, "VPCs"),
    ),
    relations=(
        Relation("OutpostArn", "AWS::Outposts::Outpost"),
        Relation(
            "LocalGatewayId", "AWS::EC2::LocalGateway", "arn:{partition}:ec2:{region}:{account}:local-gateway/{id}"
        ),
        Relation(f"{_VPCS}.VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
    ),
    ignored=(f"{_VPCS}.Tags", f"{_GROUPS}.Tags"),
    observed=("State", "StateReason", f"{_VPCS}.State", f"{_GROUPS}.State"),
    unordered=("Routes", _VPCS, _GROUPS),
)
def local_gateway_route_tables(ask: Ask) -> Iterator[Resource]:
    """Which part of the customer's own network a VPC on the rack may reach, and is reached by.

    `Mode` says whether instances keep their VPC addresses there (direct-vpc-routing) or get some of the
    customer's own pool (coip).
    """
    tables = list(ask.pages("ec2", "describe_local_gateway_route_tables", "LocalGatewayRouteTables", MaxResults=1000))
    if not tables:
        return
    joined = {key: ask.listing("ec2", operation, key, MaxResults=1000) for key, operation in _ASSOCIATIONS.items()}

    def described(raw: Mapping[str, Any]) -> Resource:
        routes = ask.listing(
            "ec2", "search_local_gateway_routes", "Routes", LocalGatewayRouteTableId=raw["LocalGatewayRouteTableId"]
        )
        full = {**raw, "Routes": routes, **{key: _of(raw, found) for key, found in joined.items()}}
        return ask.resource(full, arn=raw["LocalGatewayRouteTableArn"], tags=raw.get("Tags"))

    yield from ask.each(described, tables)


_ASSOCIATIONS = {
    _VPCS: "describe_local_gateway_route_table_vpc_associations",
    _GROUPS: "describe_local_gateway_route_table_virtual_interface_group_associations",
}


def _of(table: Mapping[str, Any], found: list[Any] | Unknown | None) -> list[Any] | Unknown | None:
    if not isinstance(found, list):
        return found
    return [entry for entry in found if entry["LocalGatewayRouteTableId"] == table["LocalGatewayRouteTableId"]]
