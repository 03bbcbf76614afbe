"""EKS pod identity associations: which pods call AWS with which role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.shared_accounts import shared_accounts
from posture.core.arn import Arn
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_GONE = ("ResourceNotFoundException",)
_DESCRIBE = "eks:DescribePodIdentityAssociation"
_DETAILS = ("roleArn", "targetRoleArn", "policy", "disableSessionTags", "externalId")


@collector(
    resource_type="AWS::EKS::PodIdentityAssociation",
    title="EKS pod identity association",
    plural="EKS pod identity associations",
    service="eks",
    family=Family.COMPUTE,
    actions=("eks:ListClusters", "eks:ListPodIdentityAssociations", _DESCRIBE),
    columns=(
        Column("clusterName", "Cluster"),
        Column("namespace", "Namespace"),
        Column("serviceAccount", "Service account"),
        Column("roleArn", "Role"),
        Column("targetRoleArn", "Target role"),
        Column("ownerArn", "Owner"),
    ),
    relations=(
        Relation("clusterName", "AWS::EKS::Cluster", "arn:{partition}:eks:{region}:{account}:cluster/{id}"),
        Relation("roleArn", "AWS::IAM::Role"),
        Relation("targetRoleArn", "AWS::IAM::Role"),
        Relation("ownerArn", "AWS::EKS::Addon"),
    ),
    ignored=("modifiedAt",),
    unordered=("SharedAccounts",),
)
def associations(ask: Ask) -> Iterator[Resource]:
    """An association gives an IAM role to every pod of one service account: the cluster's way into AWS.

    `SharedAccounts` is the account of a target role in another one.
    """
    for cluster in ask.pages("eks", "list_clusters", "clusters"):
        listed = list(
            ask.pages("eks", "list_pod_identity_associations", "associations", clusterName=cluster, absent=_GONE)
        )
        for raw, details in zip(listed, ask.each(partial(_describe, ask), listed), strict=True):
            if details is None:
                continue
            name = f"{cluster}: {raw['namespace']}/{raw['serviceAccount']}"
            if isinstance(details, Unknown):
                full = {**raw, **dict.fromkeys(_DETAILS, details)}
                yield ask.resource(full, arn=raw["associationArn"], name=name, tags=details)
            else:
                full = {"targetRoleArn": None, "ownerArn": None, **raw, **details}
                full["policy"] = document(details.get("policy"), _DESCRIBE)
                full |= _target(ask, details.get("targetRoleArn"))
                yield ask.resource(full, arn=raw["associationArn"], name=name, tags=details.get("tags"))


def _describe(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any] | Unknown | None:
    found: dict[str, Any] | Unknown | None = ask.field(
        "eks",
        "describe_pod_identity_association",
        "association",
        clusterName=raw["clusterName"],
        associationId=raw["associationId"],
        absent=_GONE,
    )
    return found


def _target(ask: Ask, role: str | None) -> dict[str, Any]:
    return shared_accounts(ask, [Arn.parse(role).account_id]) if role else {}
