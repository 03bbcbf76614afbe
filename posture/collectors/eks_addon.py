"""EKS add-ons: version, health, the role of each, and which versions EKS offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    actions=(
        "eks:ListClusters",
        "eks:ListAddons",
        "eks:DescribeAddon",
        "eks:DescribeCluster",
        "eks:DescribeAddonVersions",
    ),
    columns=(
        Column("clusterName", "Cluster"),
        Column("addonName", "Add-on"),
        Column("addonVersion", "Version"),
        Column("observed.DefaultVersion", "Default version"),
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
    # What EKS offers changes with every release of the add-on, and with the cluster's version.
    observed=("status", "health", "KubernetesVersion", "OfferedVersions", "DefaultVersion"),
    # Free text of the customer's, which may carry a token for an agent.
    secret=("configurationValues",),
    unordered=("podIdentityAssociations",),
)
def addons(ask: Ask) -> Iterator[Resource]:
    """Add-ons run on every node with wide rights, and some of them call AWS: with a role of their own or the node's.

    `OfferedVersions` and `DefaultVersion` are what EKS has for the cluster's `KubernetesVersion`.
    """
    offers: dict[tuple[str, str], dict[str, Any]] = {}
    for cluster in ask.pages("eks", "list_clusters", "clusters"):
        names = list(ask.pages("eks", "list_addons", "addons", clusterName=cluster, absent=_GONE))
        version = ask.field("eks", "describe_cluster", "cluster.version", name=cluster, absent=_GONE) if names else None
        for name, raw in zip(names, ask.each(partial(_describe, ask, cluster), names), strict=True):
            if isinstance(raw, Unknown):
                # The ARN ends in an id that only the description has: without it the add-on has no name.
                raise UnknownFieldError(raw)
            if raw is not None:
                none: dict[str, Any] = {"serviceAccountRoleArn": None, "podIdentityAssociations": []}
                full = {**none, **raw, **_offered(ask, name, version, offers)}
                yield ask.resource(full, arn=raw["addonArn"], name=f"{cluster}: {name}", tags=raw.get("tags"))


def _describe(ask: Ask, cluster: str, name: str) -> dict[str, Any] | Unknown | None:
    found: dict[str, Any] | Unknown | None = ask.field(
        "eks", "describe_addon", "addon", clusterName=cluster, addonName=name, absent=_GONE
    )
    return found


def _offered(ask: Ask, name: str, version: Any, offers: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    """Return what EKS offers of an add-on.

    `offers` has what was asked for the region's other clusters.
    """
    if version is None or isinstance(version, Unknown):
        return dict.fromkeys(("KubernetesVersion", "OfferedVersions", "DefaultVersion"), version)
    if (name, version) not in offers:
        offers[name, version] = _ask_offers(ask, name, version)
    return offers[name, version]


def _ask_offers(ask: Ask, name: str, version: str) -> dict[str, Any]:
    found = ask.listing(
        "eks", "describe_addon_versions", "addons", addonName=name, kubernetesVersion=version, absent=_GONE
    )
    if isinstance(found, Unknown):
        return {"KubernetesVersion": version, "OfferedVersions": found, "DefaultVersion": found}
    versions = [one for addon in found or () for one in addon["addonVersions"]]
    default = (one["addonVersion"] for one in versions if _is_default(one, version))
    return {
        "KubernetesVersion": version,
        "OfferedVersions": [one["addonVersion"] for one in versions],
        "DefaultVersion": next(default, None),
    }


def _is_default(offered: Mapping[str, Any], version: str) -> bool:
    return any(one["clusterVersion"] == version and one["defaultVersion"] for one in offered["compatibilities"])
