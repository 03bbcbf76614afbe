"""The config map by which EKS clusters let IAM principals in. No other is read."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.kubernetes_listing import list_objects
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.kubernetes import CLUSTER, ApiResource
from posture.core.resource import Resource

_AWS_AUTH = ApiResource("", "v1", "configmaps", "ConfigMap", namespace="kube-system", name="aws-auth")


@collector(
    resource_type="Kubernetes::ConfigMap",
    title="Kubernetes config map",
    plural="Kubernetes config maps",
    service="eks",
    family=Family.IDENTITY,
    actions=("eks:DescribeCluster",),
    kubernetes=(_AWS_AUTH,),
    columns=(Column("metadata.namespace", "Namespace"),),
    relations=(Relation(CLUSTER, "AWS::EKS::Cluster"),),
)
def config_maps(ask: Ask) -> Iterator[Resource]:
    """The config map aws-auth says which IAM roles and users enter a cluster as whom, where access entries do not.

    Of clusters it is the only one that is read; of uploads the keys of each are kept and no value.
    """
    return list_objects(ask, _AWS_AUTH)
