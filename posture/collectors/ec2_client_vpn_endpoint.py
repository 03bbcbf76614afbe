"""Client VPN endpoints: how people prove who they are, and what they reach."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource

_EC2 = "arn:{partition}:ec2:{region}:{account}:"
_GONE = ("InvalidClientVpnEndpointId.NotFound",)


@collector(
    resource_type="AWS::EC2::ClientVpnEndpoint",
    title="Client VPN endpoint",
    plural="Client VPN endpoints",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeClientVpnEndpoints", "ec2:DescribeClientVpnAuthorizationRules"),
    columns=(
        Column("ClientVpnEndpointId", "Endpoint"),
        Column("VpcId", "VPC"),
        Column("AuthenticationOptions.Type", "Authentication"),
        Column("ConnectionLogOptions.Enabled", "Logged"),
        Column("AuthorizationRules.DestinationCidr", "Reaches"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("SecurityGroupIds", "AWS::EC2::SecurityGroup", _EC2 + "security-group/{id}"),
        Relation("ServerCertificateArn", "AWS::CertificateManager::Certificate"),
        Relation("AuthenticationOptions.FederatedAuthentication.SamlProviderArn", "AWS::IAM::SAMLProvider"),
    ),
    ignored=("AuthorizationRules.Status", "ClientConnectOptions.Status", "DeletionTime"),
    observed=("Status",),
    unordered=("SecurityGroupIds", "AuthorizationRules", "AssociatedTargetNetworks", "AuthenticationOptions"),
)
def client_vpn_endpoints(ask: Ask) -> Iterator[Resource]:
    """A door from the internet into a VPC for people's machines; `AuthorizationRules` say what they reach."""
    listed = [
        raw
        for raw in ask.pages("ec2", "describe_client_vpn_endpoints", "ClientVpnEndpoints")
        if (raw.get("Status") or {}).get("Code") not in {"deleting", "deleted"}
    ]
    rules = partial(ask.listing, "ec2", "describe_client_vpn_authorization_rules", "AuthorizationRules", absent=_GONE)
    for raw, found in zip(
        listed, ask.each(lambda raw: rules(ClientVpnEndpointId=raw["ClientVpnEndpointId"]), listed), strict=True
    ):
        yield ask.resource(
            {**raw, "AuthorizationRules": found},
            arn=ask.arn("ec2", f"client-vpn-endpoint/{raw['ClientVpnEndpointId']}"),
            tags=raw.get("Tags"),
        )
