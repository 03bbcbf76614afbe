"""Elastic IP addresses, and those of a customer's own pool on an Outpost."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_EC2 = "arn:{partition}:ec2:{region}:{account}:"


@collector(
    resource_type="AWS::EC2::EIP",
    title="Elastic IP address",
    plural="Elastic IP addresses",
    service="ec2",
    family=Family.NETWORK,
    arn_names=("ec2:elasticip",),
    actions=("ec2:DescribeAddresses",),
    columns=(
        Column("PublicIp", "Address"),
        Column("InstanceId", "Instance"),
        Column("NetworkInterfaceId", "Interface"),
        Column("AssociationId", "Association"),
    ),
    relations=(
        Relation("InstanceId", "AWS::EC2::Instance", _EC2 + "instance/{id}"),
        Relation("NetworkInterfaceId", "AWS::EC2::NetworkInterface", _EC2 + "network-interface/{id}"),
    ),
)
def addresses(ask: Ask) -> Iterator[Resource]:
    """A public address that an account keeps: partners and DNS records trust it, whatever is behind it."""
    for raw in ask.pages("ec2", "describe_addresses", "Addresses"):
        identity = raw.get("AllocationId") or raw["PublicIp"]
        yield ask.resource(raw, arn=ask.arn("ec2", f"elastic-ip/{identity}"), tags=raw.get("Tags"))
