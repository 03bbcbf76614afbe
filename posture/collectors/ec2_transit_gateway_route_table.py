"""Route tables of transit gateways: which attachments reach which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_EC2 = "arn:{partition}:ec2:{region}:{account}:"
_GONE = ("InvalidRouteTableID.NotFound",)
_STATIC = [{"Name": "type", "Values": ["static"]}]


@collector(
    resource_type="AWS::EC2::TransitGatewayRouteTable",
    title="Transit gateway route table",
    plural="Transit gateway route tables",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=(
        "ec2:DescribeTransitGateways",
        "ec2:DescribeTransitGatewayRouteTables",
        "ec2:GetTransitGatewayRouteTableAssociations",
        "ec2:GetTransitGatewayRouteTablePropagations",
        "ec2:SearchTransitGatewayRoutes",
    ),
    columns=(
        Column("TransitGatewayRouteTableId", "Route table"),
        Column("TransitGatewayId", "Transit gateway"),
        Column("Associations.ResourceId", "Used by"),
        Column("Propagations.ResourceId", "Learns from"),
        Column("StaticRoutes.DestinationCidrBlock", "Static routes"),
    ),
    relations=(
        Relation("TransitGatewayId", "AWS::EC2::TransitGateway", _EC2 + "transit-gateway/{id}"),
        Relation(
            "Associations.TransitGatewayAttachmentId",
            "AWS::EC2::TransitGatewayAttachment",
            _EC2 + "transit-gateway-attachment/{id}",
        ),
    ),
    ignored=("Associations.State", "Propagations.State"),
    observed=("State",),
    unordered=("Associations", "Propagations", "StaticRoutes", "StaticRoutes.TransitGatewayAttachments"),
)
def transit_gateway_route_tables(ask: Ask) -> Iterator[Resource]:
    """What is associated with a table goes where its routes lead: this is how environments are kept apart on one hub.

    `StaticRoutes` are those that somebody wrote; learnt ones come and go with the networks that they lead to. The
    account of the gateway alone can read its tables.
    """
    gateways = ask.pages("ec2", "describe_transit_gateways", "TransitGateways", MaxResults=1000)
    if not any(each.get("OwnerId", ask.account_id) == ask.account_id for each in gateways):
        return
    listed = [
        raw
        for raw in ask.pages("ec2", "describe_transit_gateway_route_tables", "TransitGatewayRouteTables")
        if raw.get("State") not in {"deleting", "deleted"}
    ]
    for raw, details in zip(listed, ask.each(partial(_details, ask), listed), strict=True):
        arn = ask.arn("ec2", f"transit-gateway-route-table/{raw['TransitGatewayRouteTableId']}")
        yield ask.resource({**raw, **details}, arn=arn, tags=raw.get("Tags"))


def _details(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any]:
    table = {"TransitGatewayRouteTableId": raw["TransitGatewayRouteTableId"], "absent": _GONE}
    questions: dict[str, Callable[[], Any]] = {
        "Associations": lambda: ask.listing(
            "ec2", "get_transit_gateway_route_table_associations", "Associations", **table
        ),
        "Propagations": lambda: ask.listing(
            "ec2", "get_transit_gateway_route_table_propagations", "TransitGatewayRouteTablePropagations", **table
        ),
        "StaticRoutes": lambda: _static_routes(ask, table),
    }
    return ask.together(questions)


def _static_routes(ask: Ask, table: Mapping[str, Any]) -> list[Any] | Unknown | None:
    return ask.listing("ec2", "search_transit_gateway_routes", "Routes", Filters=_STATIC, **table)
