"""Listings of ECS, cluster by cluster and in batches. Declares no collector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from posture.core.collector import Ask
from posture.core.values import Unknown

_SERVICES_AT_ONCE = 10
_OTHERS_AT_ONCE = 100
"""What DescribeServices, and what DescribeClusters, DescribeTasks and DescribeCapacityProviders take in one call."""


def cluster_arns(ask: Ask) -> list[str]:
    """Return the ARNs of all clusters."""
    return list(ask.pages("ecs", "list_clusters", "clusterArns"))


def clusters(ask: Ask) -> Iterator[Mapping[str, Any]]:
    """Yield all clusters with their settings and tags."""
    include = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
    for arns in _chunks(cluster_arns(ask), _OTHERS_AT_ONCE):
        yield from ask.pages("ecs", "describe_clusters", "clusters", clusters=arns, include=include)


def services(ask: Ask, cluster: str) -> Iterator[Mapping[str, Any]]:
    """Yield the services of a cluster, with their tags."""
    arns = list(ask.pages("ecs", "list_services", "serviceArns", cluster=cluster, maxResults=100))
    for some in _chunks(arns, _SERVICES_AT_ONCE):
        yield from ask.pages("ecs", "describe_services", "services", cluster=cluster, services=some, include=["TAGS"])


def tasks(ask: Ask, cluster: str) -> Iterator[Mapping[str, Any]]:
    """Yield the tasks of a cluster that run, or are about to."""
    arns = list(ask.pages("ecs", "list_tasks", "taskArns", cluster=cluster, desiredStatus="RUNNING"))
    for some in _chunks(arns, _OTHERS_AT_ONCE):
        yield from ask.pages("ecs", "describe_tasks", "tasks", cluster=cluster, tasks=some)


def tasks_if_readable(ask: Ask, cluster: str) -> list[Mapping[str, Any]] | Unknown:
    """Return the same tasks, or why they could not be read."""
    arns = ask.listing("ecs", "list_tasks", "taskArns", cluster=cluster, desiredStatus="RUNNING")
    if isinstance(arns, Unknown):
        return arns
    found: list[Mapping[str, Any]] = []
    for some in _chunks(arns or [], _OTHERS_AT_ONCE):
        answer = ask.listing("ecs", "describe_tasks", "tasks", cluster=cluster, tasks=some)
        if isinstance(answer, Unknown):
            return answer
        found += answer or ()
    return found


def running_images(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return which images tasks run, each with the number of its tasks."""
    counted: Counter[tuple[str, ...]] = Counter()
    for task in found:
        where = str(task.get("launchType") or "")
        # A task may run two containers of one image, which is one task all the same.
        counted.update({(one["image"], one.get("imageDigest") or "", where) for one in task.get("containers") or ()})
    return [
        {"image": image, "imageDigest": digest, "launchType": where, "tasks": number}
        for (image, digest, where), number in sorted(counted.items())
    ]


def container_instances(ask: Ask, cluster: str) -> list[dict[str, Any]] | Unknown:
    """Return the machines that a cluster runs tasks on, with their agents."""
    arns = ask.listing("ecs", "list_container_instances", "containerInstanceArns", cluster=cluster)
    if isinstance(arns, Unknown):
        return arns
    found: list[dict[str, Any]] = []
    for some in _chunks(arns or [], _OTHERS_AT_ONCE):
        answer = ask.listing(
            "ecs", "describe_container_instances", "containerInstances", cluster=cluster, containerInstances=some
        )
        if isinstance(answer, Unknown):
            return answer
        found += [_machine(raw) for raw in answer or ()]
    return sorted(found, key=lambda one: str(one["ec2InstanceId"]))


def _machine(raw: Mapping[str, Any]) -> dict[str, Any]:
    version = raw.get("versionInfo") or {}
    return {
        "ec2InstanceId": raw.get("ec2InstanceId"),
        "agentConnected": raw.get("agentConnected"),
        "agentVersion": version.get("agentVersion"),
        "dockerVersion": version.get("dockerVersion"),
    }


def capacity_providers(ask: Ask, names: Iterable[str]) -> list[Mapping[str, Any]] | Unknown:
    """Return the capacity providers of these names."""
    found: list[Mapping[str, Any]] = []
    for some in _chunks(sorted(names), _OTHERS_AT_ONCE):
        answer = ask.listing("ecs", "describe_capacity_providers", "capacityProviders", capacityProviders=some)
        if isinstance(answer, Unknown):
            return answer
        found += answer or ()
    return found


def family_of(task_definition: str) -> str:
    """Return the family in a task definition's ARN, without its revision."""
    return task_definition.rsplit("/", 1)[-1].partition(":")[0]


def revision_of(task_definition: str) -> int:
    """Return the revision in a task definition's ARN."""
    return int(task_definition.rsplit(":", 1)[-1])


def _chunks(items: Sequence[str], size: int) -> Iterator[list[str]]:
    return (list(items[start : start + size]) for start in range(0, len(items), size))
