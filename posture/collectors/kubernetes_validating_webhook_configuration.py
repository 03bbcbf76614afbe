"""Kubernetes validating webhooks of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource(
    "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"
)


@collector(
    resource_type="Kubernetes::ValidatingWebhookConfiguration",
    title="Kubernetes validating webhook",
    plural="Kubernetes validating webhooks",
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
def validating_webhooks(ask: Ask) -> Iterator[Resource]:
    """A validating webhook refuses objects that break a rule, or lets them pass while it is down."""
    return list_objects(ask, _OBJECTS)
