"""Site-to-site VPN connections with their tunnels; keys are fingerprints."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource

_EC2 = "arn:{partition}:ec2:{region}:{account}:"


@collector(
    resource_type="AWS::EC2::VPNConnection",
    title="VPN connection",
    plural="VPN connections",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeVpnConnections",),
    columns=(
        Column("VpnConnectionId", "Connection"),
        Column("VpnGatewayId", "Private gateway"),
        Column("TransitGatewayId", "Transit gateway"),
        Column("CustomerGatewayId", "Customer gateway"),
        Column("observed.State", "State"),
    ),
    relations=(
        Relation("VpnGatewayId", "AWS::EC2::VPNGateway", _EC2 + "vpn-gateway/{id}"),
        Relation("TransitGatewayId", "AWS::EC2::TransitGateway", _EC2 + "transit-gateway/{id}"),
    ),
    # Both hold the tunnels' pre-shared keys.
    secret=("CustomerGatewayConfiguration", "Options.TunnelOptions.PreSharedKey"),
    ignored=("Routes.State", "GatewayAssociationState"),
    observed=("State", "VgwTelemetry"),
    unordered=("Routes", "VgwTelemetry"),
)
def vpn_connections(ask: Ask) -> Iterator[Resource]:
    """Two encrypted tunnels over the internet to a site of the customer: whoever is there is inside the network."""
    for raw in ask.pages("ec2", "describe_vpn_connections", "VpnConnections"):
        if raw.get("State") not in {"deleting", "deleted"}:
            yield ask.resource(
                raw, arn=ask.arn("ec2", f"vpn-connection/{raw['VpnConnectionId']}"), tags=raw.get("Tags")
            )
