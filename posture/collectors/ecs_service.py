"""ECS services: what keeps tasks running, on whose machines, and their network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from posture.collectors.ecs_listing import cluster_arns, family_of, running_images, services, tasks_if_readable
from posture.core.arn import Arn
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_ECS = "arn:{partition}:ecs:{region}:{account}:"
_EC2 = "arn:{partition}:ec2:{region}:{account}:"
_NETWORK = "networkConfiguration.awsvpcConfiguration"


@collector(
    resource_type="AWS::ECS::Service",
    title="ECS service",
    plural="ECS services",
    service="ecs",
    family=Family.COMPUTE,
    actions=(
        "ecs:ListClusters",
        "ecs:ListServices",
        "ecs:DescribeServices",
        "ecs:ListTasks",
        "ecs:DescribeTasks",
    ),
    columns=(
        Column("launchType", "Runs on"),
        Column("platformVersion", "Platform"),
        Column("taskDefinitionFamily", "Task definition"),
        Column(f"{_NETWORK}.assignPublicIp", "Public address"),
        Column("enableExecuteCommand", "Shells"),
        Column("observed.RunningImages.image", "Running images"),
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
    observed=("status", "RunningImages"),
    unordered=(
        "capacityProviderStrategy",
        "loadBalancers",
        "serviceRegistries",
        f"{_NETWORK}.securityGroups",
        f"{_NETWORK}.subnets",
    ),
)
def ecs_services(ask: Ask) -> Iterator[Resource]:
    """What keeps containers alive and puts them on the network; how many run at a time is no setting and left out.

    `RunningImages` are the images that its tasks run, by digest, which need not be what its task definition's tag
    names today.
    """
    for found in ask.each(partial(_of, ask), cluster_arns(ask)):
        yield from found


def _of(ask: Ask, cluster: str) -> list[Resource]:
    """Return the services of a cluster."""
    found = [raw for raw in services(ask, cluster) if raw.get("status") != "INACTIVE"]
    if not found:
        return []
    running = tasks_if_readable(ask, cluster)
    return [_service(ask, cluster, raw, running) for raw in found]


def _service(
    ask: Ask, cluster: str, raw: Mapping[str, Any], running: Sequence[Mapping[str, Any]] | Unknown
) -> Resource:
    name, definition = raw["serviceName"], raw.get("taskDefinition")
    family = {"taskDefinitionFamily": family_of(definition)} if definition else {}
    # ARNs of services from before 2019 leave the cluster out, and so name several.
    arn = ask.arn("ecs", f"service/{Arn.parse(cluster).name}/{name}")
    images = running
    if not isinstance(running, Unknown):
        images = running_images(task for task in running if task.get("group") == f"service:{name}")
    return ask.resource({**raw, **family, "RunningImages": images}, arn=arn, name=name, tags=raw.get("tags"))
