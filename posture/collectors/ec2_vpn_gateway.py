"""Virtual private gateways that are not deleted."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::VPNGateway",
    title="Virtual private gateway",
    plural="Virtual private gateways",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeVpnGateways",),
    columns=(
        Column("VpnGatewayId", "Gateway"),
        Column("VpcAttachments.VpcId", "VPC"),
        Column("AmazonSideAsn", "ASN"),
        Column("observed.State", "State"),
    ),
    relations=(Relation("VpcAttachments.VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),),
    observed=("State", "VpcAttachments.State"),
    unordered=("VpcAttachments",),
)
def vpn_gateways(ask: Ask) -> Iterator[Resource]:
    """The door between a VPC and a data centre, by VPN or Direct Connect: a way in that is no internet gateway."""
    for raw in ask.pages("ec2", "describe_vpn_gateways", "VpnGateways"):
        if raw.get("State") not in {"deleting", "deleted"}:
            yield ask.resource(raw, arn=ask.arn("ec2", f"vpn-gateway/{raw['VpnGatewayId']}"), tags=raw.get("Tags"))
