"""EKS Fargate profiles: which pods run without nodes, where, and as whom."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError

_GONE = ("ResourceNotFoundException",)


@collector(
    resource_type="AWS::EKS::FargateProfile",
    title="EKS Fargate profile",
    plural="EKS Fargate profiles",
    service="eks",
    family=Family.COMPUTE,
    actions=("eks:ListClusters", "eks:ListFargateProfiles", "eks:DescribeFargateProfile"),
    columns=(
        Column("clusterName", "Cluster"),
        Column("selectors.namespace", "Namespaces"),
        Column("podExecutionRoleArn", "Pod execution role"),
        Column("subnets", "Subnets"),
        Column("observed.status", "Status"),
    ),
    relations=(
        Relation("clusterName", "AWS::EKS::Cluster", "arn:{partition}:eks:{region}:{account}:cluster/{id}"),
        Relation("podExecutionRoleArn", "AWS::IAM::Role"),
        Relation("subnets", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"),
    ),
    observed=("status", "health"),
    unordered=("subnets", "selectors"),
)
def fargate_profiles(ask: Ask) -> Iterator[Resource]:
    """A profile decides which pods AWS runs on machines of its own, in which subnets, and who pulls their images."""
    for cluster in ask.pages("eks", "list_clusters", "clusters"):
        names = list(
            ask.pages("eks", "list_fargate_profiles", "fargateProfileNames", clusterName=cluster, absent=_GONE)
        )
        for name, raw in zip(names, ask.each(partial(_describe, ask, cluster), names), strict=True):
            if isinstance(raw, Unknown):
                # The ARN ends in an id that only the description has: without it the profile has no name.
                raise UnknownFieldError(raw)
            if raw is not None:
                yield ask.resource(raw, arn=raw["fargateProfileArn"], name=f"{cluster}: {name}", tags=raw.get("tags"))


def _describe(ask: Ask, cluster: str, name: str) -> dict[str, Any] | Unknown | None:
    found: dict[str, Any] | Unknown | None = ask.field(
        "eks",
        "describe_fargate_profile",
        "fargateProfile",
        clusterName=cluster,
        fargateProfileName=name,
        absent=_GONE,
    )
    return found
