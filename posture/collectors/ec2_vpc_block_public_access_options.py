"""VPC Block Public Access: the region-wide switch, and what is exempt from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_GONE = {"delete-in-progress", "delete-complete", "create-failed"}


@collector(
    resource_type="AWS::EC2::VPCBlockPublicAccessOptions",
    title="VPC Block Public Access",
    plural="VPC Block Public Access settings",
    service="ec2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeVpcBlockPublicAccessOptions", "ec2:DescribeVpcBlockPublicAccessExclusions"),
    columns=(
        Column("InternetGatewayBlockMode", "Blocks"),
        Column("ExclusionsAllowed", "Exclusions"),
        Column("ManagedBy", "Managed by"),
        Column("VpcBlockPublicAccessExclusions", "Exempt"),
    ),
    ignored=(
        "LastUpdateTimestamp",
        "Reason",
        "VpcBlockPublicAccessExclusions.Reason",
        "VpcBlockPublicAccessExclusions.LastUpdateTimestamp",
        "VpcBlockPublicAccessExclusions.Tags",
    ),
    observed=("State", "VpcBlockPublicAccessExclusions.State"),
    unordered=("VpcBlockPublicAccessExclusions",),
)
def block_public_access_options(ask: Ask) -> Iterator[Resource]:
    """One setting for each region that takes the internet from every VPC in it, whatever their routes say.

    There is always one, so a read that is refused gives it with unknown fields.
    """
    options = ask.field("ec2", "describe_vpc_block_public_access_options", "VpcBlockPublicAccessOptions")
    raw: dict[str, Any] = {"InternetGatewayBlockMode": options} if isinstance(options, Unknown) else dict(options)
    exclusions = ask.listing(
        "ec2", "describe_vpc_block_public_access_exclusions", "VpcBlockPublicAccessExclusions", MaxResults=1000
    )
    if isinstance(exclusions, list):
        exclusions = [exclusion for exclusion in exclusions if exclusion.get("State") not in _GONE]
    yield ask.resource(
        {**raw, "VpcBlockPublicAccessExclusions": exclusions},
        arn=ask.arn("ec2", "vpc-block-public-access-options"),
        name=f"VPC Block Public Access in {ask.region}",
    )
