"""Workloads of connected EKS clusters: whatever makes pods, and pods of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.collectors.kubernetes_listing import as_resource, cluster_arn
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, VERSION, ApiResource
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.kubernetes.running import RUNNING, fold_pods, shape_controller, shape_pod

_PODS = ApiResource("", "v1", "pods", "Pod")
_CONTROLLERS = (
    ApiResource("apps", "v1", "deployments", "Deployment"),
    ApiResource("apps", "v1", "statefulsets", "StatefulSet"),
    ApiResource("apps", "v1", "daemonsets", "DaemonSet"),
    ApiResource("apps", "v1", "replicasets", "ReplicaSet"),
    ApiResource("", "v1", "replicationcontrollers", "ReplicationController"),
    ApiResource("batch", "v1", "cronjobs", "CronJob"),
    ApiResource("batch", "v1", "jobs", "Job"),
)


@collector(
    resource_type="Kubernetes::Workload",
    title="Kubernetes workload",
    plural="Kubernetes workloads",
    service="eks",
    family=Family.COMPUTE,
    actions=("eks:DescribeCluster",),
    kubernetes=(*_CONTROLLERS, _PODS),
    columns=(
        Column("metadata.namespace", "Namespace"),
        Column("kind", "Kind"),
        Column("observed.Running.Pods", "Pods"),
        Column("spec.template.spec.containers.image", "Images"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    # Autoscalers move the number of pods. The upgrade of a cluster changes its version, and no workload.
    observed=(RUNNING, VERSION, "spec.replicas", "spec.parallelism", "spec.completions"),
)
def workloads(ask: Ask) -> Iterator[Resource]:
    """A workload is what makes pods, and says what they run, as whom, and with which rights on their node.

    Its pods are counted with it, with the images that really run; `Running` is unknown where they cannot be listed.
    `KubernetesVersion` is that of its cluster, whose rules it is judged by.
    """
    for cluster in ask.clusters:
        home = cluster_arn(ask, cluster)
        found = _read(ask, cluster, f"{home}/")
        described = ask.cluster(cluster)
        version = described if isinstance(described, Unknown) else described.get("version")
        yield from (as_resource(ask, home, {**one, VERSION: version}) for one in found)


def _read(ask: Ask, cluster: str, within: str) -> list[dict[str, Any]]:
    lists = [_part(ask, cluster, within, each) for each in _CONTROLLERS]
    controllers = [one for each in lists if not isinstance(each, Unknown) for one in each]
    if not controllers and any(isinstance(each, Unknown) for each in lists):
        return []
    return fold_pods(controllers, _part(ask, cluster, within, _PODS))


def _part(ask: Ask, cluster: str, within: str, resource: ApiResource) -> list[Any] | Unknown:
    shape = shape_pod if resource is _PODS else shape_controller
    return ask.part(within, lambda: ask.objects(cluster, resource, shape))
