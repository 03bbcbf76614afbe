"""Judge EKS add-ons: their health, their versions, and the role of each."""

from __future__ import annotations

import re
from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.core.values import any_of

ADDON = "AWS::EKS::Addon"
DESCRIBE = "eks:DescribeAddon"
VERSIONS = "eks:DescribeAddonVersions"
FAILED = {"DEGRADED", "CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"}
CALL_AWS = {
    "amazon-cloudwatch-observability",
    "aws-ebs-csi-driver",
    "aws-efs-csi-driver",
    "aws-fsx-csi-driver",
    "aws-mountpoint-s3-csi-driver",
    "external-dns",
    "vpc-cni",
}
"""Add-ons that need IAM permissions (EKS user guide, "AWS add-ons": those with a required IAM policy)."""
OLDER, NEWER = "v1.11.4-eksbuild.2", "v1.12.1-eksbuild.2"
_ASSOCIATION = "arn:aws:eks:eu-central-1:111122223333:podidentityassociation/shop/a-1"


def _health(status: str, *codes: str) -> dict[str, Any]:
    return {"status": status, "health": {"issues": [{"code": code} for code in codes]}}


def _offers(*versions: str, default: str | None = None) -> dict[str, Any]:
    return {"KubernetesVersion": "1.33", "OfferedVersions": list(versions), "DefaultVersion": default}


def _addon(name: str, role: str | None = None, *associations: str) -> dict[str, Any]:
    return {"addonName": name, "serviceAccountRoleArn": role, "podIdentityAssociations": list(associations)}


@check(
    resource_type=ADDON,
    title="EKS add-on is healthy",
    problem="EKS add-on is not healthy",
    severity=Severity.LOW,
    controls=("practices:containers", "practices:kubernetes"),
    reads_observed=True,
    remediation=Remediation(
        console="EKS → Clusters → the cluster → Add-ons → the add-on → Health issues; then Edit, and choose a version "
        "that fits the cluster's Kubernetes.",
        cli="aws eks describe-addon --region {region} --cluster-name <cluster> --addon-name <add-on> "
        "--query addon.health",
    ),
    examples=(
        passes({}, observed=_health("ACTIVE")),
        passes({}, "in the middle of an update", observed=_health("UPDATING")),
        fails({}, observed=_health("DEGRADED", "InsufficientNumberOfReplicas")),
        fails({}, observed=_health("UPDATE_FAILED")),
        is_unknown({}, observed={"status": denied(DESCRIBE), "health": denied(DESCRIBE)}),
    ),
)
def eks_addon_healthy(addon: Resource) -> Outcome:
    """A broken add-on keeps its old version and its holes: EKS does not patch what it cannot update.

    The network policies and secrets that others rely on may be among what it no longer does.
    """
    status = str(addon.observed["status"])
    issues = addon.observed.at("health", "issues", default=())
    codes = ", ".join(str(issue["code"]) for issue in issues)
    if codes:
        return failed(f"EKS reports for the add-on: {codes}.", "observed.health.issues")
    return (failed if status in FAILED else passed)(f"The add-on's status is {status}.", "observed.status")


@check(
    resource_type=ADDON,
    title="EKS add-on calls AWS with a role of its own",
    problem="EKS add-on calls AWS with the node's role",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:iam"),
    remediation=Remediation(
        console="EKS → Clusters → the cluster → Add-ons → the add-on → Edit → Pod Identity IAM role: create the "
        "recommended role. Then detach the add-on's policy from the node's role.",
        cli="aws eks update-addon --region {region} --cluster-name <cluster> --addon-name <add-on> "
        "--pod-identity-associations serviceAccount=<account>,roleArn=<role>",
    ),
    examples=(
        passes(_addon("vpc-cni", "arn:aws:iam::111122223333:role/vpc-cni")),
        passes(_addon("aws-ebs-csi-driver", None, _ASSOCIATION), "by pod identity"),
        fails(_addon("vpc-cni")),
        is_unknown({**_addon("vpc-cni"), "serviceAccountRoleArn": denied(DESCRIBE)}),
        does_not_apply(_addon("coredns"), "it does not call AWS"),
    ),
)
def eks_addon_own_role(addon: Resource) -> Outcome:
    """What the add-on may do, the node's role must then allow, and every pod on the node can take that role.

    For the network add-on that means to detach and assign the addresses of other machines.
    """
    name = addon.config["addonName"]
    if name not in CALL_AWS:
        return not_applicable("The add-on is not known to need permissions in AWS.", "addonName")
    paths = ("serviceAccountRoleArn", "podIdentityAssociations")
    if any_of(lambda: addon.config["serviceAccountRoleArn"], lambda: addon.config["podIdentityAssociations"]):
        return passed("The add-on has a role of its own.", *paths)
    return failed("The add-on has no role of its own.", *paths)


@check(
    resource_type=ADDON,
    title="EKS add-on runs a version that EKS offers for its cluster",
    problem="EKS add-on runs a version that EKS does not offer for its cluster",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:kubernetes", "practices:legacy"),
    reads_observed=True,
    remediation=Remediation(
        console="EKS → Clusters → the cluster → Add-ons → the add-on → Edit → Version: the default one. Upgrade "
        "add-ons after every upgrade of the cluster.",
        cli="aws eks describe-addon-versions --region {region} --addon-name <add-on> --kubernetes-version <version>\n"
        "aws eks update-addon --region {region} --cluster-name <cluster> --addon-name <add-on> "
        "--addon-version <version> --resolve-conflicts PRESERVE",
    ),
    examples=(
        passes({"addonVersion": NEWER}, observed=_offers(NEWER, OLDER)),
        passes({"addonVersion": OLDER}, "another is the default", observed=_offers(NEWER, OLDER, default=NEWER)),
        fails({"addonVersion": OLDER}, observed=_offers(NEWER, default=NEWER)),
        fails({"addonVersion": OLDER}, "the add-on is no longer offered at all", observed=_offers()),
        is_unknown({"addonVersion": OLDER}, observed={**_offers(), "OfferedVersions": denied(VERSIONS)}),
        is_unknown({"addonVersion": denied(DESCRIBE)}, observed=_offers(NEWER)),
    ),
)
def eks_addon_supported_version(addon: Resource) -> Outcome:
    """Such a version was made for another Kubernetes, or was withdrawn: nobody tests or patches it for this cluster.

    An upgrade of the cluster leaves its add-ons as they are, so that they fall behind one by one.
    """
    version, offered = str(addon.config["addonVersion"]), addon.observed["OfferedVersions"]
    paths, kubernetes = ("addonVersion", "observed.OfferedVersions"), addon.observed["KubernetesVersion"]
    if version in offered:
        return passed(f"EKS offers {version} for Kubernetes {kubernetes}.", *paths)
    return failed(f"EKS does not offer {version} for Kubernetes {kubernetes}.", *paths)


@check(
    resource_type=ADDON,
    title="EKS add-on is at least at the default version",
    problem="EKS add-on is older than the default version",
    severity=Severity.LOW,
    controls=("practices:containers", "practices:kubernetes", "practices:legacy"),
    reads_observed=True,
    remediation=Remediation(
        console="EKS → Clusters → the cluster → Add-ons → the add-on → Edit → Version: the default one.",
        cli="aws eks update-addon --region {region} --cluster-name <cluster> --addon-name <add-on> "
        "--addon-version <version> --resolve-conflicts PRESERVE",
    ),
    examples=(
        passes({"addonVersion": NEWER}, observed=_offers(NEWER, OLDER, default=NEWER)),
        passes({"addonVersion": NEWER}, "newer than the default", observed=_offers(NEWER, OLDER, default=OLDER)),
        fails({"addonVersion": OLDER}, observed=_offers(NEWER, OLDER, default=NEWER)),
        fails({"addonVersion": "v1.20.4-eksbuild.2"}, "by its build", observed=_offers(default="v1.20.4-eksbuild.10")),
        does_not_apply({"addonVersion": OLDER}, "EKS names no default", observed=_offers(OLDER)),
        is_unknown({"addonVersion": OLDER}, observed={**_offers(), "DefaultVersion": denied(VERSIONS)}),
    ),
)
def eks_addon_default_version(addon: Resource) -> Outcome:
    """The default is what EKS installs today, after its tests with this Kubernetes: holes found before are closed.

    Newer ones may be offered, and are right, too.
    """
    version, default = str(addon.config["addonVersion"]), addon.observed["DefaultVersion"]
    paths = ("addonVersion", "observed.DefaultVersion")
    if default is None:
        return not_applicable("EKS names no default version of the add-on for this cluster.", paths[1])
    if _numbers(version) < _numbers(default):
        return failed(f"The add-on is at {version}; EKS's default is {default}.", *paths)
    return passed(f"The add-on is at {version}, and EKS's default is {default}.", *paths)


def _numbers(version: str) -> list[int]:
    """Return the numbers of a version, by which versions are ordered."""
    return [int(digits) for digits in re.findall(r"[0-9]{1,9}", version)]
