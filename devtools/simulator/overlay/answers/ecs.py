"""ECS: what moto does not keep.

Whether shells may be opened in a service, and how much runs in a cluster.
"""

from __future__ import annotations

from typing import Any

from moto.ecs.models import ecs_backends

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


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
