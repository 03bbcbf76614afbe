"""ECS task definitions that a service or a running task uses.

All the others, often thousands, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from posture.collectors.ecs_listing import cluster_arns, family_of, revision_of, running_images, services, tasks
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_CONTAINERS = "taskDefinition.containerDefinitions"
_PLAIN_OPTIONS = ("awslogs",)
"""Log drivers in whose options nobody needs a key; those of others hold the receiver's."""


@collector(
    resource_type="AWS::ECS::TaskDefinition",
    title="ECS task definition",
    plural="ECS task definitions",
    service="ecs",
    family=Family.COMPUTE,
    actions=(
        "ecs:ListClusters",
        "ecs:ListServices",
        "ecs:DescribeServices",
        "ecs:ListTasks",
        "ecs:DescribeTasks",
        "ecs:DescribeTaskDefinition",
    ),
    columns=(
        Column("revision", "Revision"),
        Column(f"{_CONTAINERS}.image", "Images"),
        Column("taskDefinition.networkMode", "Network"),
        Column(f"{_CONTAINERS}.privileged", "Privileged"),
        Column("taskDefinition.registeredAt", "Registered"),
    ),
    relations=(
        Relation("taskDefinition.taskRoleArn", "AWS::IAM::Role"),
        Relation("taskDefinition.executionRoleArn", "AWS::IAM::Role"),
        Relation(f"{_CONTAINERS}.secrets.valueFrom", "AWS::SecretsManager::Secret"),
        Relation(
            "taskDefinition.volumes.efsVolumeConfiguration.fileSystemId",
            "AWS::EFS::FileSystem",
            "arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{id}",
        ),
    ),
    observed=("RunningImages",),
    # People write passwords into environments, command lines and the options of drivers.
    secret=(
        f"{_CONTAINERS}.command",
        f"{_CONTAINERS}.entryPoint",
        f"{_CONTAINERS}.environment.value",
        f"{_CONTAINERS}.healthCheck.command",
        "taskDefinition.volumes.dockerVolumeConfiguration.driverOpts",
    ),
    unordered=(
        f"{_CONTAINERS}.environment",
        f"{_CONTAINERS}.mountPoints",
        f"{_CONTAINERS}.portMappings",
        f"{_CONTAINERS}.secrets",
        "taskDefinition.compatibilities",
        "taskDefinition.requiresAttributes",
        "taskDefinition.requiresCompatibilities",
        "taskDefinition.volumes",
    ),
)
def task_definitions(ask: Ask) -> Iterator[Resource]:
    """What containers may do to their host and their neighbours, and what they are given when they start.

    A family is one resource, whose newest revision in use is shown, so that a deployment is a change of it; an older
    revision still in use is next to it. Tasks that run by schedule are seen while they run. `RunningImages` are the
    images, by digest, of its tasks that no service started.
    """
    clusters = cluster_arns(ask)
    used: set[str] = set().union(*ask.each(partial(_used, ask), clusters))
    running = [task for cluster in clusters for task in tasks(ask, cluster) if not _is_of_service(task)]
    newest = {family_of(arn): arn for arn in sorted(used, key=revision_of)}
    yield from ask.each(partial(_task_definition, ask, set(newest.values()), running), sorted(used))


def _used(ask: Ask, cluster: str) -> set[str]:
    """Return the task definitions that a cluster's services name or its tasks run."""
    named = (one for service in services(ask, cluster) for one in (service, *(service.get("taskSets") or ())))
    run = {task["taskDefinitionArn"] for task in tasks(ask, cluster)}
    return run | {one["taskDefinition"] for one in named if one.get("taskDefinition")}


def _is_of_service(task: Mapping[str, Any]) -> bool:
    return str(task.get("group") or "").startswith("service:")


def _task_definition(ask: Ask, newest: set[str], running: Sequence[Mapping[str, Any]], arn: str) -> Resource:
    answer = ask.call("ecs", "describe_task_definition", taskDefinition=arn, include=["TAGS"])
    known = answer if isinstance(answer, dict) else {}
    family, revision = family_of(arn), revision_of(arn)
    raw = {
        "family": family,
        "revision": revision,
        "taskDefinition": _hiding(ask, known["taskDefinition"]) if known else answer,
        "RunningImages": running_images(task for task in running if task["taskDefinitionArn"] == arn),
    }
    name = family if arn in newest else f"{family}:{revision}"
    tags = known.get("tags") if known else answer
    return ask.resource(raw, arn=ask.arn("ecs", f"task-definition/{name}"), name=name, tags=tags)


def _hiding(ask: Ask, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task definition without the log driver options that may hold keys."""
    containers = [_hiding_options(ask, container) for container in definition.get("containerDefinitions") or ()]
    return {**definition, "containerDefinitions": containers}


def _hiding_options(ask: Ask, container: Mapping[str, Any]) -> dict[str, Any]:
    log = container.get("logConfiguration") or {}
    if not log.get("options") or log.get("logDriver") in _PLAIN_OPTIONS:
        return dict(container)
    options = {key: ask.fingerprint(str(value)) for key, value in log["options"].items()}
    return {**container, "logConfiguration": {**log, "options": options}}
