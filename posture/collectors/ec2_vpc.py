"""VPCs, also those that other accounts share with the one that is asked."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::VPC",
    title="VPC",
    plural="VPCs",
    service="ec2",
    family=Family.NETWORK,
    actions=("ec2:DescribeVpcs",),
    columns=(
        Column("VpcId", "VPC"),
        Column("CidrBlock", "CIDR block"),
        Column("IsDefault", "Default"),
        Column("BlockPublicAccessStates.InternetGatewayBlockMode", "Public access blocked"),
        Column("OwnerId", "Owner"),
    ),
    ignored=(
        "CidrBlockAssociationSet.CidrBlockState.StatusMessage",
        "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.StatusMessage",
        "EncryptionControl.StateMessage",
        "EncryptionControl.Tags",
    ),
    observed=("State", "EncryptionControl.State"),
    unordered=("CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet"),
)
def vpcs(ask: Ask) -> Iterator[Resource]:
    """A network of one's own in one region: the wall between workloads, and between them and the internet.

    A VPC shared by another account is kept under its owner's ARN, and is judged in the owner's account.
    """
    for raw in ask.pages("ec2", "describe_vpcs", "Vpcs", MaxResults=1000):
        arn = ask.arn("ec2", f"vpc/{raw['VpcId']}", account_id=raw.get("OwnerId"))
        yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
