"""Kubernetes role bindings of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding")


@collector(
    resource_type="Kubernetes::RoleBinding",
    title="Kubernetes role binding",
    plural="Kubernetes role bindings",
    service="eks",
    family=Family.IDENTITY,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(
        Column("metadata.namespace", "Namespace"),
        Column("roleRef.name", "Role"),
        Column("subjects.name", "Subjects"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    unordered=("subjects",),
)
def role_bindings(ask: Ask) -> Iterator[Resource]:
    """A binding gives a role's rights to users, groups or service accounts in one namespace."""
    return list_objects(ask, _OBJECTS)
