"""Kubernetes mutating webhooks of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource(
    "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"
)


@collector(
    resource_type="Kubernetes::MutatingWebhookConfiguration",
    title="Kubernetes mutating webhook",
    plural="Kubernetes mutating webhooks",
    service="eks",
    family=Family.SECURITY,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(
        Column("webhooks.name", "Webhooks"),
        Column("webhooks.failurePolicy", "When it is down"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
)
def mutating_webhooks(ask: Ask) -> Iterator[Resource]:
    """A mutating webhook changes objects before they are stored: whoever runs it can change every pod."""
    return list_objects(ask, _OBJECTS)
