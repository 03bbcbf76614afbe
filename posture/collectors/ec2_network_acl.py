"""Network ACLs with their entries and the subnets that they guard."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_EC2 = "arn:{partition}:ec2:{region}:{account}:"


@collector(
    resource_type="AWS::EC2::NetworkAcl",
    title="Network ACL",
    plural="Network ACLs",
    service="ec2",
    family=Family.NETWORK,
    actions=("ec2:DescribeNetworkAcls",),
    columns=(
        Column("NetworkAclId", "Network ACL"),
        Column("VpcId", "VPC"),
        Column("IsDefault", "Default"),
        Column("Associations", "Subnets"),
        Column("Entries", "Entries"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("Associations.SubnetId", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
    ),
    unordered=("Associations", "Entries"),
)
def network_acls(ask: Ask) -> Iterator[Resource]:
    """The packet filter at the edge of a subnet: it knows no connections, and is the only place to deny a source."""
    for raw in ask.pages("ec2", "describe_network_acls", "NetworkAcls", MaxResults=1000):
        arn = ask.arn("ec2", f"network-acl/{raw['NetworkAclId']}", account_id=raw.get("OwnerId"))
        yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
