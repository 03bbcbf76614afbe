"""Kubernetes services of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("", "v1", "services", "Service")


@collector(
    resource_type="Kubernetes::Service",
    title="Kubernetes service",
    plural="Kubernetes services",
    service="eks",
    family=Family.NETWORK,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(
        Column("metadata.namespace", "Namespace"),
        Column("spec.type", "Type"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    ignored=("spec.healthCheckNodePort",),
    observed=("status",),
)
def services(ask: Ask) -> Iterator[Resource]:
    """A service opens a workload to the cluster, to its nodes' networks or, by a load balancer, to the internet."""
    return list_objects(ask, _OBJECTS)
