"""Transit gateways, also those that other accounts share with this one."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::TransitGateway",
    title="Transit gateway",
    plural="Transit gateways",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeTransitGateways",),
    columns=(
        Column("TransitGatewayId", "Transit gateway"),
        Column("OwnerId", "Owner"),
        Column("Options.AutoAcceptSharedAttachments", "Accepts by itself"),
        Column("Options.DefaultRouteTableAssociation", "Default association"),
        Column("Options.DefaultRouteTablePropagation", "Default propagation"),
    ),
    ignored=("Options.EncryptionSupport.StateMessage",),
    observed=("State", "Options.EncryptionSupport.EncryptionState"),
    unordered=("Options.TransitGatewayCidrBlocks",),
)
def transit_gateways(ask: Ask) -> Iterator[Resource]:
    """The hub between VPCs, VPNs and data centres: who is attached to it may reach the rest, as its routes say."""
    for raw in ask.pages("ec2", "describe_transit_gateways", "TransitGateways", MaxResults=1000):
        if raw.get("State") not in {"deleting", "deleted"}:
            yield ask.resource(raw, arn=raw["TransitGatewayArn"], tags=raw.get("Tags"))
