"""Kubernetes cluster roles of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole")


@collector(
    resource_type="Kubernetes::ClusterRole",
    title="Kubernetes cluster role",
    plural="Kubernetes cluster roles",
    service="eks",
    family=Family.IDENTITY,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(Column("rules.verbs", "Verbs"),),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    unordered=("rules.verbs", "rules.resources", "rules.apiGroups"),
)
def cluster_roles(ask: Ask) -> Iterator[Resource]:
    """A cluster role says what may be done in all namespaces, and to objects that are in none, such as nodes."""
    return list_objects(ask, _OBJECTS)
