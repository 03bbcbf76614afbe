"""Kubernetes cluster role bindings of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding")


@collector(
    resource_type="Kubernetes::ClusterRoleBinding",
    title="Kubernetes cluster role binding",
    plural="Kubernetes cluster role bindings",
    service="eks",
    family=Family.IDENTITY,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(
        Column("roleRef.name", "Role"),
        Column("subjects.name", "Subjects"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    unordered=("subjects",),
)
def cluster_role_bindings(ask: Ask) -> Iterator[Resource]:
    """A cluster role binding gives a role's rights in every namespace, those of cluster-admin among them."""
    return list_objects(ask, _OBJECTS)
