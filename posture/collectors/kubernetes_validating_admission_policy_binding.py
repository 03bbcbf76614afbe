"""Kubernetes admission policy bindings of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource(
    "admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"
)


@collector(
    resource_type="Kubernetes::ValidatingAdmissionPolicyBinding",
    title="Kubernetes admission policy binding",
    plural="Kubernetes admission policy bindings",
    service="eks",
    family=Family.SECURITY,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(
        Column("spec.policyName", "Policy"),
        Column("spec.validationActions", "Actions"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    unordered=("spec.validationActions",),
)
def admission_policy_bindings(ask: Ask) -> Iterator[Resource]:
    """An admission policy does nothing until a binding says where it holds, and whether it refuses or warns."""
    return list_objects(ask, _OBJECTS)
