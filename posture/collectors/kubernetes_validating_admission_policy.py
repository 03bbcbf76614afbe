"""Kubernetes admission policies of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy")


@collector(
    resource_type="Kubernetes::ValidatingAdmissionPolicy",
    title="Kubernetes admission policy",
    plural="Kubernetes admission policies",
    service="eks",
    family=Family.SECURITY,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(Column("spec.failurePolicy", "When it fails"),),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
)
def admission_policies(ask: Ask) -> Iterator[Resource]:
    """An admission policy refuses objects by expressions that the API server itself evaluates, without a webhook."""
    return list_objects(ask, _OBJECTS)
