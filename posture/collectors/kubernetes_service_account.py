"""Kubernetes service accounts of connected EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_OBJECTS = ApiResource("", "v1", "serviceaccounts", "ServiceAccount")


@collector(
    resource_type="Kubernetes::ServiceAccount",
    title="Kubernetes service account",
    plural="Kubernetes service accounts",
    service="eks",
    family=Family.IDENTITY,
    actions=("eks:DescribeCluster",),
    kubernetes=(_OBJECTS,),
    columns=(
        Column("metadata.namespace", "Namespace"),
        Column("automountServiceAccountToken", "Hands out its token"),
    ),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
    unordered=("imagePullSecrets", "secrets"),
)
def service_accounts(ask: Ask) -> Iterator[Resource]:
    """A pod calls Kubernetes as a service account, and AWS as the IAM role that its annotations name."""
    return list_objects(ask, _OBJECTS)
