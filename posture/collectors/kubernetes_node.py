"""Nodes of connected EKS clusters, one for each group of equal ones."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.population import Group, Groups, Population
from posture.core.resource import Resource

_NODES = ApiResource("", "v1", "nodes", "Node")
_GROUPS = ("eks.amazonaws.com/nodegroup", "karpenter.sh/nodepool", "eks.amazonaws.com/compute-type")


def _group_of(node: Resource, _groups: Groups) -> Group | None:
    """Return the node group, the pool of Karpenter, or Fargate."""
    labels = node.config["metadata"].get("labels") or {}
    cluster = node.config[CLUSTER]
    for label in _GROUPS:
        if label in labels:
            name = str(labels[label])
            return Group(f"{cluster}/{label}/{name}", f"{cluster.rsplit('/', 1)[-1]}: {name}")
    return None


@collector(
    resource_type="Kubernetes::Node",
    title="Kubernetes node",
    plural="Kubernetes nodes",
    service="eks",
    family=Family.COMPUTE,
    actions=("eks:DescribeCluster",),
    kubernetes=(_NODES,),
    columns=(
        Column("nodeInfo.kubeletVersion", "Version"),
        Column("nodeInfo.osImage", "Operating system"),
        Column("nodeInfo.containerRuntimeVersion", "Container runtime"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    population=Population(
        group_of=_group_of, apart=("metadata.name", "metadata.labels", "metadata.annotations", "spec")
    ),
)
def nodes(ask: Ask) -> Iterator[Resource]:
    """A node runs pods: its versions say which holes its kernel, runtime and kubelet still have."""
    return list_objects(ask, _NODES)
