"""What is attached to transit gateways, seen from either side."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource

_GONE = {"deleting", "deleted", "rejecting", "rejected", "failed"}


@collector(
    resource_type="AWS::EC2::TransitGatewayAttachment",
    title="Transit gateway attachment",
    plural="Transit gateway attachments",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeTransitGatewayAttachments",),
    columns=(
        Column("ResourceType", "Kind"),
        Column("ResourceId", "Attached"),
        Column("ResourceOwnerId", "Its account"),
        Column("TransitGatewayId", "Transit gateway"),
        Column("TransitGatewayOwnerId", "Gateway's account"),
        Column("observed.State", "State"),
    ),
    relations=(
        Relation(
            "TransitGatewayId",
            "AWS::EC2::TransitGateway",
            "arn:{partition}:ec2:{region}:{account}:transit-gateway/{id}",
        ),
    ),
    ignored=("Association.State",),
    observed=("State",),
)
def transit_gateway_attachments(ask: Ask) -> Iterator[Resource]:
    """A network's plug into the hub. The gateway's account sees all of them, each other account its own."""
    listed = ask.pages("ec2", "describe_transit_gateway_attachments", "TransitGatewayAttachments", MaxResults=1000)
    for raw in listed:
        if raw.get("State") not in _GONE:
            arn = ask.arn("ec2", f"transit-gateway-attachment/{raw['TransitGatewayAttachmentId']}")
            yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
