"""Target groups: protocol, targets, and how many are healthy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::ElasticLoadBalancingV2::TargetGroup",
    title="Target group",
    plural="Target groups",
    service="elbv2",
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    arn_names=("elasticloadbalancing:targetgroup",),
    actions=("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"),
    columns=(
        Column("Protocol", "Protocol"),
        Column("Port", "Port"),
        Column("TargetType", "Targets"),
        Column("HealthCheckProtocol", "Health check"),
        Column("observed.Health.healthy", "Healthy"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation("LoadBalancerArns", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    ),
    observed=("Health",),
    unordered=("LoadBalancerArns",),
)
def target_groups(ask: Ask) -> Iterator[Resource]:
    """Behind a load balancer the way goes on: to instances, addresses, functions, with TLS or without.

    `Health` counts the targets by their state.
    """

    def health(raw: dict[str, Any]) -> dict[str, int] | Unknown:
        arn = raw["TargetGroupArn"]
        operation, key = "describe_target_health", "TargetHealthDescriptions"
        found = ask.field("elbv2", operation, key, TargetGroupArn=arn, absent=("TargetGroupNotFound",))
        if isinstance(found, Unknown):
            return found
        return dict(Counter(str((each.get("TargetHealth") or {}).get("State")) for each in found or ()))

    listed = [dict(raw) for raw in ask.pages("elbv2", "describe_target_groups", "TargetGroups")]
    for raw, states in zip(listed, ask.each(health, listed), strict=True):
        yield ask.resource({**raw, "Health": states}, arn=raw["TargetGroupArn"], name=raw["TargetGroupName"])
