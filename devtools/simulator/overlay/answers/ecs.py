"""ECS: what moto does not keep.

Whether shells may be opened in a service, and what runs in a cluster.
"""

from __future__ import annotations

from typing import Any

from moto.ecs.models import ecs_backends

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.images import digest_of


@answers("ecs")
def describe_services(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    shells = call.shelf().get("shells", {})
    for service in answer["services"]:
        service["enableExecuteCommand"] = shells.get(service["serviceName"], False)
    return answer


@answers("ecs")
def describe_clusters(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    services = ecs_backends[call.account][call.region].services.values()
    for cluster in answer["clusters"]:
        here = [service for service in services if service.cluster_arn == cluster["clusterArn"]]
        cluster["activeServicesCount"] = len(here)
        cluster["runningTasksCount"] = sum(service.desired_count or 0 for service in here)
    return answer


@answers("ecs")
def list_tasks(call: Call) -> dict[str, Any]:
    return {"taskArns": list(_tasks(call))}


@answers("ecs")
def describe_tasks(call: Call) -> dict[str, Any]:
    known = _tasks(call)
    return {"tasks": [known[arn] for arn in call.params["tasks"] if arn in known], "failures": []}


def _tasks(call: Call) -> dict[str, dict[str, Any]]:
    """Return the tasks of a cluster by ARN: as many of each service as it wants."""
    backend = ecs_backends[call.account][call.region]
    cluster = call.params["cluster"]
    found: dict[str, dict[str, Any]] = {}
    for service in backend.services.values():
        if service.cluster_arn != cluster or not service.task_definition:
            continue
        definition = backend.describe_task_definition(service.task_definition)
        images = [str(container["image"]) for container in definition.container_definitions]
        for number in range(1, (service.desired_count or 0) + 1):
            arn = f"{cluster.replace(':cluster/', ':task/')}/{service.name}-{number}"
            found[arn] = {
                "taskArn": arn,
                "clusterArn": cluster,
                "taskDefinitionArn": service.task_definition,
                "group": f"service:{service.name}",
                "launchType": service.launch_type,
                "lastStatus": "RUNNING",
                "containers": [{"name": "app", "image": image, "imageDigest": digest_of(image)} for image in images],
            }
    return found
