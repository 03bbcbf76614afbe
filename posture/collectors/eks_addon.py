"""EKS add-ons: version, health, and the role that each works with."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError

_GONE = ("ResourceNotFoundException",)


@collector(
    resource_type="AWS::EKS::Addon",
    title="EKS add-on",
    plural="EKS add-ons",
    service="eks",
    family=Family.COMPUTE,
    actions=("eks:ListClusters", "eks:ListAddons", "eks:DescribeAddon"),
    columns=(
        Column("clusterName", "Cluster"),
        Column("addonName", "Add-on"),
        Column("addonVersion", "Version"),
        Column("observed.status", "Status"),
        Column("serviceAccountRoleArn", "Role"),
        Column("publisher", "Publisher"),
    ),
    relations=(
        Relation("clusterName", "AWS::EKS::Cluster", "arn:{partition}:eks:{region}:{account}:cluster/{id}"),
        Relation("serviceAccountRoleArn", "AWS::IAM::Role"),
        Relation("podIdentityAssociations", "AWS::EKS::PodIdentityAssociation"),
    ),
    ignored=("modifiedAt",),
    observed=("status", "health"),
    # Free text of the customer's, which may carry a token for an agent.
    secret=("configurationValues",),
    unordered=("podIdentityAssociations",),
)
def addons(ask: Ask) -> Iterator[Resource]:
    """Add-ons run on every node with wide rights, and some of them call AWS: with a role of their own or the node's."""
    for cluster in ask.pages("eks", "list_clusters", "clusters"):
        names = list(ask.pages("eks", "list_addons", "addons", clusterName=cluster, absent=_GONE))
        for name, raw in zip(names, ask.each(partial(_describe, ask, cluster), names), strict=True):
            if isinstance(raw, Unknown):
                # The ARN ends in an id that only the description has: without it the add-on has no name.
                raise UnknownFieldError(raw)
            if raw is not None:
                full = {"serviceAccountRoleArn": None, "podIdentityAssociations": [], **raw}
                yield ask.resource(full, arn=raw["addonArn"], name=f"{cluster}: {name}", tags=raw.get("tags"))


def _describe(ask: Ask, cluster: str, name: str) -> dict[str, Any] | Unknown | None:
    found: dict[str, Any] | Unknown | None = ask.field(
        "eks", "describe_addon", "addon", clusterName=cluster, addonName=name, absent=_GONE
    )
    return found
