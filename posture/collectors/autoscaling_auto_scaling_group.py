"""Auto Scaling groups: how and where they start instances, health checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource

_TEMPLATE_ARN = "arn:{partition}:ec2:{region}:{account}:launch-template/{id}"
_MIXED = "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId"


@collector(
    resource_type="AWS::AutoScaling::AutoScalingGroup",
    title="Auto Scaling group",
    plural="Auto Scaling groups",
    service="autoscaling",
    family=Family.COMPUTE,
    cadence=Cadence.DAILY,
    actions=("autoscaling:DescribeAutoScalingGroups",),
    columns=(
        Column("MinSize", "At least"),
        Column("MaxSize", "At most"),
        Column("AvailabilityZones", "Zones"),
        Column("HealthCheckType", "Health checks"),
        Column("LaunchConfigurationName", "Launch configuration"),
    ),
    relations=(
        Relation("LaunchTemplate.LaunchTemplateId", "AWS::EC2::LaunchTemplate", _TEMPLATE_ARN),
        Relation(_MIXED, "AWS::EC2::LaunchTemplate", _TEMPLATE_ARN),
        Relation("TargetGroupARNs", "AWS::ElasticLoadBalancingV2::TargetGroup"),
        Relation("VPCZoneIdentifier", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"),
        Relation("ServiceLinkedRoleARN", "AWS::IAM::Role"),
    ),
    # The load decides how many instances there are; they are resources of their own.
    ignored=(
        "DesiredCapacity",
        "Instances",
        "PredictedCapacity",
        "Status",
        "SuspendedProcesses.SuspensionReason",
        "WarmPoolConfiguration.Status",
        "WarmPoolSize",
    ),
    unordered=(
        "AvailabilityZoneIds",
        "AvailabilityZones",
        "EnabledMetrics",
        "LoadBalancerNames",
        "SuspendedProcesses",
        "TargetGroupARNs",
        "TrafficSources",
        "VPCZoneIdentifier",
    ),
)
def auto_scaling_groups(ask: Ask) -> Iterator[Resource]:
    """A group starts instances by itself, by day and night; what is wrong in it is wrong in each of them."""
    for raw in ask.pages("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", MaxRecords=100):
        yield ask.resource(
            _read(raw), arn=raw["AutoScalingGroupARN"], name=raw["AutoScalingGroupName"], tags=raw.get("Tags")
        )


def _read(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's configuration with subnets as a list; AWS joins them."""
    subnets = [subnet for subnet in str(raw.get("VPCZoneIdentifier") or "").split(",") if subnet]
    return {**raw, "VPCZoneIdentifier": subnets}
