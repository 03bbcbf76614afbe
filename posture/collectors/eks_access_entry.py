"""EKS access entries: who enters a cluster from IAM, and with which policies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posture.collectors.shared_accounts import shared_accounts
from posture.core.arn import Arn
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError

_GONE = ("ResourceNotFoundException",)
# A cluster of config maps alone answers that it has no entries by an error.
_NO_ENTRIES = (*_GONE, "InvalidRequestException")
_NODES = {"EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX"}
"""Types of entries that let in nodes: AWS takes no access policy for them."""


@collector(
    resource_type="AWS::EKS::AccessEntry",
    title="EKS access entry",
    plural="EKS access entries",
    service="eks",
    family=Family.COMPUTE,
    actions=(
        "eks:ListClusters",
        "eks:ListAccessEntries",
        "eks:DescribeAccessEntry",
        "eks:ListAssociatedAccessPolicies",
    ),
    columns=(
        Column("clusterName", "Cluster"),
        Column("principalArn", "Principal"),
        Column("type", "Type"),
        Column("AccessPolicies.policyArn", "Access policies"),
        Column("AccessPolicies.accessScope.type", "Scope"),
        Column("kubernetesGroups", "Kubernetes groups"),
    ),
    relations=(
        Relation("clusterName", "AWS::EKS::Cluster", "arn:{partition}:eks:{region}:{account}:cluster/{id}"),
        Relation("RoleArn", "AWS::IAM::Role"),
        Relation("UserArn", "AWS::IAM::User"),
    ),
    ignored=("modifiedAt", "AccessPolicies.associatedAt", "AccessPolicies.modifiedAt"),
    unordered=("kubernetesGroups", "AccessPolicies", "AccessPolicies.accessScope.namespaces", "SharedAccounts"),
)
def access_entries(ask: Ask) -> Iterator[Resource]:
    """An entry opens a cluster to an IAM role or user, and its access policies say what they may do there.

    `SharedAccounts` is the account of a principal of another one.
    """
    for cluster in ask.pages("eks", "list_clusters", "clusters"):
        listed = ask.pages("eks", "list_access_entries", "accessEntries", clusterName=cluster, absent=_NO_ENTRIES)
        principals = list(listed)
        for principal, raw in zip(principals, ask.each(partial(_describe, ask, cluster), principals), strict=True):
            if raw is not None:
                arn = raw["accessEntryArn"]
                yield ask.resource(raw, arn=arn, name=f"{cluster}: {_short(principal)}", tags=raw.get("tags"))


def _describe(ask: Ask, cluster: str, principal: str) -> dict[str, Any] | None:
    key = {"clusterName": cluster, "principalArn": principal}
    entry = ask.field("eks", "describe_access_entry", "accessEntry", **key, absent=_GONE)
    if isinstance(entry, Unknown):
        # The ARN ends in an id that only the description has: without it the entry has no name.
        raise UnknownFieldError(entry)
    if entry is None:
        return None
    policies = (
        []
        if entry.get("type") in _NODES
        else ask.listing("eks", "list_associated_access_policies", "associatedAccessPolicies", **key, absent=_GONE)
    )
    return {**entry, "AccessPolicies": policies, **_principal(ask, principal)}


def _principal(ask: Ask, principal: str) -> dict[str, Any]:
    parsed = Arn.parse(principal)
    kind = {"role": "RoleArn", "user": "UserArn"}.get(parsed.resource.split("/")[0])
    return {**({kind: principal} if kind else {}), **shared_accounts(ask, [parsed.account_id])}


def _short(principal: str) -> str:
    return principal.rsplit(":", 1)[-1]
