"""NAT gateways that are not deleted: AWS lists the others for an hour."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource

_GONE = {"deleting", "deleted"}
_EC2 = "arn:{partition}:ec2:{region}:{account}:"


@collector(
    resource_type="AWS::EC2::NatGateway",
    title="NAT gateway",
    plural="NAT gateways",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    arn_names=("ec2:natgateway",),
    actions=("ec2:DescribeNatGateways",),
    columns=(
        Column("NatGatewayId", "Gateway"),
        Column("VpcId", "VPC"),
        Column("SubnetId", "Subnet"),
        Column("ConnectivityType", "Connectivity"),
        Column("observed.State", "State"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("SubnetId", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
    ),
    ignored=(
        "FailureMessage",
        "NatGatewayAddresses.Status",
        "NatGatewayAddresses.FailureMessage",
        "ProvisionedBandwidth",
        "AttachedAppliances.AttachmentState",
        "AttachedAppliances.ModificationState",
        "AttachedAppliances.FailureMessage",
    ),
    observed=("State", "FailureCode"),
    unordered=("NatGatewayAddresses",),
)
def nat_gateways(ask: Ask) -> Iterator[Resource]:
    """How private subnets reach the internet, behind one address, and are not reached by it."""
    for raw in ask.pages("ec2", "describe_nat_gateways", "NatGateways", MaxResults=1000):
        if raw.get("State") not in _GONE:
            yield ask.resource(raw, arn=ask.arn("ec2", f"natgateway/{raw['NatGatewayId']}"), tags=raw.get("Tags"))
