"""EKS managed node groups: the machines below the pods, images, logins."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError

_GONE = ("ResourceNotFoundException",)


@collector(
    resource_type="AWS::EKS::Nodegroup",
    title="EKS node group",
    plural="EKS node groups",
    service="eks",
    family=Family.COMPUTE,
    actions=("eks:ListClusters", "eks:ListNodegroups", "eks:DescribeNodegroup"),
    columns=(
        Column("clusterName", "Cluster"),
        Column("version", "Version"),
        Column("releaseVersion", "Image"),
        Column("amiType", "Image type"),
        Column("remoteAccess.ec2SshKey", "SSH key"),
        Column("observed.scalingConfig.desiredSize", "Nodes"),
    ),
    relations=(
        Relation("clusterName", "AWS::EKS::Cluster", "arn:{partition}:eks:{region}:{account}:cluster/{id}"),
        Relation("nodeRole", "AWS::IAM::Role"),
        Relation("subnets", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"),
    ),
    ignored=("modifiedAt", "resources"),
    observed=("scalingConfig", "status", "health"),
    unordered=("subnets", "instanceTypes"),
)
def node_groups(ask: Ask) -> Iterator[Resource]:
    """Whoever owns a node owns the pods on it: its image must be patched, and nobody has to log in to it."""
    for cluster in ask.pages("eks", "list_clusters", "clusters"):
        names = list(ask.pages("eks", "list_nodegroups", "nodegroups", clusterName=cluster, absent=_GONE))
        for name, raw in zip(names, ask.each(partial(_describe, ask, cluster), names), strict=True):
            if isinstance(raw, Unknown):
                # The ARN ends in an id that only the description has: without it the group has no name.
                raise UnknownFieldError(raw)
            if raw is not None:
                full = {"remoteAccess": None, **raw}
                yield ask.resource(full, arn=raw["nodegroupArn"], name=name, tags=raw.get("tags"))


def _describe(ask: Ask, cluster: str, name: str) -> dict[str, Any] | Unknown | None:
    found: dict[str, Any] | Unknown | None = ask.field(
        "eks", "describe_nodegroup", "nodegroup", clusterName=cluster, nodegroupName=name, absent=_GONE
    )
    return found
