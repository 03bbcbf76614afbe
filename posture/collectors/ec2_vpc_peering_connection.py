"""VPC peering connections that are active or wait to be accepted."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_GONE = {"deleted", "deleting", "rejected", "failed", "expired"}
_VPC = "arn:{partition}:ec2:{region}:{account}:vpc/{id}"


@collector(
    resource_type="AWS::EC2::VPCPeeringConnection",
    title="VPC peering connection",
    plural="VPC peering connections",
    service="ec2",
    family=Family.NETWORK,
    arn_names=("ec2:vpcpeeringconnection",),
    actions=("ec2:DescribeVpcPeeringConnections",),
    columns=(
        Column("RequesterVpcInfo.VpcId", "Requester"),
        Column("RequesterVpcInfo.OwnerId", "Requester's account"),
        Column("AccepterVpcInfo.VpcId", "Accepter"),
        Column("AccepterVpcInfo.OwnerId", "Accepter's account"),
        Column("Status.Code", "Status"),
    ),
    relations=(
        Relation("RequesterVpcInfo.VpcId", "AWS::EC2::VPC", _VPC),
        Relation("AccepterVpcInfo.VpcId", "AWS::EC2::VPC", _VPC),
    ),
    ignored=("Status.Message", "ExpirationTime", "MultipathResilienceStatus"),
    unordered=tuple(
        f"{side}.{blocks}"
        for side in ("RequesterVpcInfo", "AccepterVpcInfo")
        for blocks in ("CidrBlockSet", "Ipv6CidrBlockSet")
    ),
)
def vpc_peering_connections(ask: Ask) -> Iterator[Resource]:
    """A joint between two VPCs, maybe of two accounts: each side sees it and routes over it by itself."""
    for raw in ask.pages("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections", MaxResults=1000):
        if (raw.get("Status") or {}).get("Code") not in _GONE:
            arn = ask.arn("ec2", f"vpc-peering-connection/{raw['VpcPeeringConnectionId']}")
            yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
