"""Judge EKS add-ons: whether they work, and whose role they call AWS with."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.core.values import any_of

ADDON = "AWS::EKS::Addon"
DESCRIBE = "eks:DescribeAddon"
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
_ASSOCIATION = "arn:aws:eks:eu-central-1:111122223333:podidentityassociation/shop/a-1"


def _health(status: str, *codes: str) -> dict[str, Any]:
    return {"status": status, "health": {"issues": [{"code": code} for code in codes]}}


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
