"""VPC endpoints of every kind with policies; no deleted and refused ones."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core import policy
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_GONE = {"deleting", "deleted", "rejected", "failed", "expired"}
_EC2 = "arn:{partition}:ec2:{region}:{account}:"


@collector(
    resource_type="AWS::EC2::VPCEndpoint",
    title="VPC endpoint",
    plural="VPC endpoints",
    service="ec2",
    family=Family.NETWORK,
    actions=("ec2:DescribeVpcEndpoints",),
    columns=(
        Column("ServiceName", "Service"),
        Column("VpcEndpointType", "Kind"),
        Column("VpcId", "VPC"),
        Column("PrivateDnsEnabled", "Private DNS"),
        Column("observed.State", "State"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("SubnetIds", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
        Relation("RouteTableIds", "AWS::EC2::RouteTable", _EC2 + "route-table/{id}"),
        Relation("Groups.GroupId", "AWS::EC2::SecurityGroup", _EC2 + "security-group/{id}"),
    ),
    ignored=("LastError", "FailureReason"),
    observed=("State",),
    unordered=("RouteTableIds", "SubnetIds", "Groups", "NetworkInterfaceIds", "DnsEntries", "PayerResponsibilities"),
)
def vpc_endpoints(ask: Ask) -> Iterator[Resource]:
    """A way from a VPC to a service of AWS or of others that does not pass the internet; its policy says for what."""
    for raw in ask.pages("ec2", "describe_vpc_endpoints", "VpcEndpoints", MaxResults=1000):
        if str(raw.get("State")).lower() in _GONE:
            continue
        document = policy.document(raw.get("PolicyDocument") or None, "ec2:DescribeVpcEndpoints")
        arn = ask.arn("ec2", f"vpc-endpoint/{raw['VpcEndpointId']}", account_id=raw.get("OwnerId"))
        yield ask.resource({**raw, "PolicyDocument": document}, arn=arn, tags=raw.get("Tags"))
