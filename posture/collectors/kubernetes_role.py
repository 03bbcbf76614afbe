"""Kubernetes roles of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("rbac.authorization.k8s.io", "v1", "roles", "Role")


@collector(
    resource_type="Kubernetes::Role",
    title="Kubernetes role",
    plural="Kubernetes roles",
    service="eks",
    family=Family.IDENTITY,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(
        Column("metadata.namespace", "Namespace"),
        Column("rules.verbs", "Verbs"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    unordered=("rules.verbs", "rules.resources", "rules.apiGroups"),
)
def roles(ask: Ask) -> Iterator[Resource]:
    """A role says what may be done to which objects of a namespace; some of these rights lead to all others."""
    return list_objects(ask, _OBJECTS)
