"""Launch configurations, the predecessors of launch templates.

User data is replaced by a fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::AutoScaling::LaunchConfiguration",
    title="Launch configuration",
    plural="Launch configurations",
    service="autoscaling",
    family=Family.COMPUTE,
    cadence=Cadence.DAILY,
    actions=("autoscaling:DescribeLaunchConfigurations",),
    columns=(
        Column("InstanceType", "Type"),
        Column("ImageId", "Image"),
        Column("MetadataOptions.HttpTokens", "IMDSv2"),
        Column("AssociatePublicIpAddress", "Public address"),
        Column("CreatedTime", "Created"),
    ),
    relations=(
        Relation("ImageId", "AWS::EC2::Image", "arn:{partition}:ec2:{region}:{account}:image/{id}"),
        Relation(
            "SecurityGroups", "AWS::EC2::SecurityGroup", "arn:{partition}:ec2:{region}:{account}:security-group/{id}"
        ),
    ),
    # People write passwords into scripts that run at the first start.
    secret=("UserData",),
    unordered=("BlockDeviceMappings", "ClassicLinkVPCSecurityGroups", "SecurityGroups"),
)
def launch_configurations(ask: Ask) -> Iterator[Resource]:
    """Old groups still start their instances by these: they know no new instance types and cannot be changed."""
    for raw in ask.pages("autoscaling", "describe_launch_configurations", "LaunchConfigurations", MaxRecords=100):
        yield ask.resource(raw, arn=raw["LaunchConfigurationARN"], name=raw["LaunchConfigurationName"])
