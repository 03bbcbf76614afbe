"""Egress-only internet gateways."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::EgressOnlyInternetGateway",
    title="Egress-only internet gateway",
    plural="Egress-only internet gateways",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeEgressOnlyInternetGateways",),
    columns=(Column("EgressOnlyInternetGatewayId", "Gateway"), Column("Attachments.VpcId", "VPC")),
    relations=(Relation("Attachments.VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),),
    observed=("Attachments.State",),
    unordered=("Attachments",),
)
def egress_only_internet_gateways(ask: Ask) -> Iterator[Resource]:
    """The door by which IPv6 hosts reach the internet and are not reached by it: what NAT is to IPv4."""
    listed = ask.pages("ec2", "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", MaxResults=255)
    for raw in listed:
        arn = ask.arn("ec2", f"egress-only-internet-gateway/{raw['EgressOnlyInternetGatewayId']}")
        yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
