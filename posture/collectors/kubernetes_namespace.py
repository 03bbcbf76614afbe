"""Kubernetes namespaces of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("", "v1", "namespaces", "Namespace")


@collector(
    resource_type="Kubernetes::Namespace",
    title="Kubernetes namespace",
    plural="Kubernetes namespaces",
    service="eks",
    family=Family.COMPUTE,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(Column("metadata.name", "Name"),),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
)
def namespaces(ask: Ask) -> Iterator[Resource]:
    """A namespace bounds rights, quotas and network policies, and its labels say which pods it takes."""
    return list_objects(ask, _OBJECTS)
