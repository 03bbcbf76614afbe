"""ECS clusters: monitoring, logs of shells, and capacity providers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posture.collectors.ecs_listing import capacity_providers, clusters, container_instances
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_FARGATE = {"FARGATE", "FARGATE_SPOT"}
_EXEC = "configuration.executeCommandConfiguration"


@collector(
    resource_type="AWS::ECS::Cluster",
    title="ECS cluster",
    plural="ECS clusters",
    service="ecs",
    family=Family.COMPUTE,
    actions=(
        "ecs:ListClusters",
        "ecs:DescribeClusters",
        "ecs:DescribeCapacityProviders",
        "ecs:ListContainerInstances",
        "ecs:DescribeContainerInstances",
    ),
    columns=(
        Column("capacityProviders", "Capacity"),
        Column("settings.value", "Container Insights"),
        Column(f"{_EXEC}.logging", "Shells logged"),
        Column("observed.activeServicesCount", "Services"),
        Column("observed.runningTasksCount", "Running tasks"),
        Column("observed.registeredContainerInstancesCount", "Instances"),
    ),
    relations=(Relation(f"{_EXEC}.logConfiguration.s3BucketName", "AWS::S3::Bucket", "arn:{partition}:s3:::{id}"),),
    ignored=("attachments", "attachmentsStatus", "pendingTasksCount", "statistics"),
    observed=(
        "ContainerInstances",
        "activeServicesCount",
        "registeredContainerInstancesCount",
        "runningTasksCount",
        "status",
    ),
    unordered=("CapacityProviderDetails", "capacityProviders", "settings"),
)
def ecs_clusters(ask: Ask) -> Iterator[Resource]:
    """Where containers run side by side: on AWS's own machines, or on instances that somebody has to patch.

    `CapacityProviderDetails` says whose machines its own capacity providers start; tasks are counted, not listed.
    `ContainerInstances` are the instances below them with the versions of their agents.
    """
    found = [raw for raw in clusters(ask) if raw.get("status") != "INACTIVE"]
    providers = _providers(ask, {name for raw in found for name in raw.get("capacityProviders") or ()} - _FARGATE)
    for raw in found:
        full = {**raw, "CapacityProviderDetails": _of(raw, providers)}
        has_instances = raw.get("registeredContainerInstancesCount")
        full["ContainerInstances"] = container_instances(ask, raw["clusterArn"]) if has_instances else []
        yield ask.resource(full, arn=raw["clusterArn"], name=raw["clusterName"], tags=raw.get("tags"))


def _providers(ask: Ask, names: Iterable[str]) -> dict[str, str] | Unknown:
    """Return of each capacity provider but Fargate whose machines it starts.

    They are yours, or those that AWS manages.
    """
    known = capacity_providers(ask, names)
    if isinstance(known, Unknown):
        return known
    return {raw["name"]: "MANAGED_INSTANCES" if raw.get("managedInstancesProvider") else "EC2" for raw in known}


def _of(raw: Mapping[str, Any], providers: dict[str, str] | Unknown) -> list[dict[str, Any]] | Unknown:
    if isinstance(providers, Unknown):
        return providers
    own = (name for name in raw.get("capacityProviders") or () if name not in _FARGATE)
    return [{"name": name, "launchType": providers.get(name)} for name in own]
