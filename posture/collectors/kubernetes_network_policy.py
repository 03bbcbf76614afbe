"""Kubernetes network policies of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy")


@collector(
    resource_type="Kubernetes::NetworkPolicy",
    title="Kubernetes network policy",
    plural="Kubernetes network policies",
    service="eks",
    family=Family.NETWORK,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(
        Column("metadata.namespace", "Namespace"),
        Column("spec.policyTypes", "Policy types"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    unordered=("spec.policyTypes",),
)
def network_policies(ask: Ask) -> Iterator[Resource]:
    """Without a network policy each pod of a cluster reaches every other; a policy says who may call whom."""
    return list_objects(ask, _OBJECTS)
