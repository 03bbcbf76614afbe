"""Internet gateways."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::InternetGateway",
    title="Internet gateway",
    plural="Internet gateways",
    service="ec2",
    family=Family.NETWORK,
    actions=("ec2:DescribeInternetGateways",),
    columns=(
        Column("InternetGatewayId", "Gateway"),
        Column("Attachments.VpcId", "VPC"),
        Column("OwnerId", "Owner"),
    ),
    relations=(Relation("Attachments.VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),),
    observed=("Attachments.State",),
    unordered=("Attachments",),
)
def internet_gateways(ask: Ask) -> Iterator[Resource]:
    """The door between a VPC and the internet, in both directions; routes say who may use it."""
    for raw in ask.pages("ec2", "describe_internet_gateways", "InternetGateways", MaxResults=1000):
        arn = ask.arn("ec2", f"internet-gateway/{raw['InternetGatewayId']}", account_id=raw.get("OwnerId"))
        yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
