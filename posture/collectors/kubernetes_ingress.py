"""Kubernetes ingresses of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("networking.k8s.io", "v1", "ingresses", "Ingress")


@collector(
    resource_type="Kubernetes::Ingress",
    title="Kubernetes ingress",
    plural="Kubernetes ingresses",
    service="eks",
    family=Family.NETWORK,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(
        Column("metadata.namespace", "Namespace"),
        Column("spec.ingressClassName", "Class"),
        Column("spec.rules.host", "Hosts"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    observed=("status",),
)
def ingresses(ask: Ask) -> Iterator[Resource]:
    """An ingress says which addresses on the internet lead to which service, and with which certificate."""
    return list_objects(ask, _OBJECTS)
