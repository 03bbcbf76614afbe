"""ECS services: what keeps tasks running, on whose machines, and their network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.ecs_listing import cluster_arns, family_of, services
from posture.core.arn import Arn
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_ECS = "arn:{partition}:ecs:{region}:{account}:"
_EC2 = "arn:{partition}:ec2:{region}:{account}:"
_NETWORK = "networkConfiguration.awsvpcConfiguration"


@collector(
    resource_type="AWS::ECS::Service",
    title="ECS service",
    plural="ECS services",
    service="ecs",
    family=Family.COMPUTE,
    actions=("ecs:ListClusters", "ecs:ListServices", "ecs:DescribeServices"),
    columns=(
        Column("launchType", "Runs on"),
        Column("platformVersion", "Platform"),
        Column("taskDefinitionFamily", "Task definition"),
        Column(f"{_NETWORK}.assignPublicIp", "Public address"),
        Column("enableExecuteCommand", "Shells"),
    ),
    relations=(
        Relation("clusterArn", "AWS::ECS::Cluster"),
        Relation("taskDefinitionFamily", "AWS::ECS::TaskDefinition", _ECS + "task-definition/{id}"),
        Relation(f"{_NETWORK}.subnets", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
        Relation(f"{_NETWORK}.securityGroups", "AWS::EC2::SecurityGroup", _EC2 + "security-group/{id}"),
    ),
    ignored=(
        "currentServiceDeployment",
        "currentServiceRevisions",
        "deployments",
        "desiredCount",
        "events",
        "pendingCount",
        "runningCount",
        "taskSets",
    ),
    observed=("status",),
    unordered=(
        "capacityProviderStrategy",
        "loadBalancers",
        "serviceRegistries",
        f"{_NETWORK}.securityGroups",
        f"{_NETWORK}.subnets",
    ),
)
def ecs_services(ask: Ask) -> Iterator[Resource]:
    """What keeps containers alive and puts them on the network; how many run at a time is no setting and left out."""
    for found in ask.each(partial(_of, ask), cluster_arns(ask)):
        yield from found


def _of(ask: Ask, cluster: str) -> list[Resource]:
    """Return the services of a cluster."""
    return [_service(ask, cluster, raw) for raw in services(ask, cluster) if raw.get("status") != "INACTIVE"]


def _service(ask: Ask, cluster: str, raw: Mapping[str, Any]) -> Resource:
    name, definition = raw["serviceName"], raw.get("taskDefinition")
    family = {"taskDefinitionFamily": family_of(definition)} if definition else {}
    # ARNs of services from before 2019 leave the cluster out, and so name several.
    arn = ask.arn("ecs", f"service/{Arn.parse(cluster).name}/{name}")
    return ask.resource({**raw, **family}, arn=arn, name=name, tags=raw.get("tags"))
