"""Local gateways of Outposts racks."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::LocalGateway",
    title="Local gateway",
    plural="Local gateways",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeLocalGateways",),
    columns=(
        Column("LocalGatewayId", "Gateway"),
        Column("OutpostArn", "Outpost"),
        Column("OwnerId", "Owner"),
        Column("observed.State", "State"),
    ),
    relations=(Relation("OutpostArn", "AWS::Outposts::Outpost"),),
    observed=("State",),
)
def local_gateways(ask: Ask) -> Iterator[Resource]:
    """The door between an Outpost and the customer's own network, which no internet gateway or NAT guards."""
    for raw in ask.pages("ec2", "describe_local_gateways", "LocalGateways", MaxResults=1000):
        arn = ask.arn("ec2", f"local-gateway/{raw['LocalGatewayId']}", account_id=raw.get("OwnerId"))
        yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
