"""Judge EKS clusters: who reaches them, Kubernetes version, encryption, logs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

CLUSTER = "AWS::EKS::Cluster"
DESCRIBE = "eks:DescribeCluster"
ANYWHERE = {"0.0.0.0/0", "::/0"}
SUPPORT_ENDS = {
    "1.25": (date(2024, 5, 1), date(2025, 5, 1)),
    "1.26": (date(2024, 6, 11), date(2025, 6, 11)),
    "1.27": (date(2024, 7, 24), date(2025, 7, 24)),
    "1.28": (date(2024, 11, 26), date(2025, 11, 26)),
    "1.29": (date(2025, 3, 23), date(2026, 3, 23)),
    "1.30": (date(2025, 7, 23), date(2026, 7, 23)),
    "1.31": (date(2025, 11, 26), date(2026, 11, 26)),
    "1.32": (date(2026, 3, 23), date(2027, 3, 23)),
    "1.33": (date(2026, 7, 29), date(2027, 7, 29)),
    "1.34": (date(2026, 12, 2), date(2027, 12, 2)),
    "1.35": (date(2027, 3, 27), date(2028, 3, 27)),
}
"""Ends of standard and extended support (EKS user guide, "Kubernetes versions", as of April 2026)."""


def _endpoint(public: bool, *cidrs: str) -> dict[str, Any]:  # noqa: FBT001 - AWS's own field
    return {"resourcesVpcConfig": {"endpointPublicAccess": public, "publicAccessCidrs": list(cidrs)}}


def _logging(*types: str) -> dict[str, Any]:
    return {"logging": {"clusterLogging": [{"types": list(types), "enabled": True}]}}


@check(
    resource_type=CLUSTER,
    title="EKS cluster's endpoint is not open to the internet",
    problem="EKS cluster's endpoint is open to the internet",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:containers", "practices:vpc", "aws_fsbp:EKS.1"),
    aliases=("securityhub:EKS.1", "prowler:eks_cluster_not_publicly_accessible"),
    remediation=Remediation(
        console="EKS → Clusters → {name} → Networking → Manage endpoint access: private, or public from named ranges.",
        cli="aws eks update-cluster-config --region {region} --name {name} --resources-vpc-config "
        "endpointPublicAccess=false,endpointPrivateAccess=true",
    ),
    examples=(
        passes(_endpoint(False)),
        fails(_endpoint(True, "0.0.0.0/0")),
        fails(_endpoint(True, "203.0.113.0/24"), "public to named ranges is public to Security Hub, too"),
        is_unknown({"resourcesVpcConfig": denied(DESCRIBE)}),
    ),
)
def eks_cluster_endpoint_private(cluster: Resource) -> Outcome:
    """The endpoint takes commands for all that runs in the cluster; one leaked token or one hole in it is enough.

    Ranges narrow who may try; they do not make it private.
    """
    network = cluster.config["resourcesVpcConfig"]
    if not network["endpointPublicAccess"]:
        return passed("The endpoint is reachable from the VPC alone.", "resourcesVpcConfig.endpointPublicAccess")
    ranges = network["publicAccessCidrs"]
    where = "everywhere" if ANYWHERE.intersection(ranges) else ", ".join(ranges)
    paths = ("resourcesVpcConfig.endpointPublicAccess", "resourcesVpcConfig.publicAccessCidrs")
    return failed(f"The endpoint is reachable from {where}.", *paths)


@check(
    resource_type=CLUSTER,
    title="EKS cluster runs a Kubernetes with standard support",
    problem="EKS cluster runs a Kubernetes without standard support",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:legacy", "aws_fsbp:EKS.2"),
    aliases=("securityhub:EKS.2", "prowler:eks_cluster_uses_a_supported_version"),
    remediation=Remediation(
        console="EKS → Clusters → {name} → Upgrade version, one minor version at a time; then node groups and add-ons.",
        cli="aws eks update-cluster-version --region {region} --name {name} --kubernetes-version <next>",
    ),
    examples=(
        passes({"version": "1.33"}),
        fails({"version": "1.31"}, "extended support"),
        fails({"version": "1.24"}, "older than all that are known"),
        passes({"version": "1.40"}, "newer than all that are known"),
        is_unknown({"version": denied(DESCRIBE)}),
    ),
)
def eks_cluster_supported_version(cluster: Resource, clock: Clock) -> Outcome:
    """After standard support patches cost six times as much; after the extended one AWS upgrades when it likes."""
    return judge_version(cluster, clock)


def judge_version(runs_kubernetes: Resource, clock: Clock) -> Outcome:
    """Judge whether the Kubernetes of a cluster or its nodes has standard support."""
    version = str(runs_kubernetes.config["version"])
    if version not in SUPPORT_ENDS:
        is_old = _minor(version) < _minor(min(SUPPORT_ENDS, key=_minor))
        judge = failed if is_old else passed
        return judge(f"Kubernetes {version} is {'no longer' if is_old else 'still'} supported.", "version")
    standard, extended = SUPPORT_ENDS[version]
    if clock.has_come(_midnight(extended)):
        return failed(f"All support of Kubernetes {version} ended on {extended}.", "version")
    if clock.has_come(_midnight(standard)):
        return failed(f"Standard support of Kubernetes {version} ended on {standard}.", "version")
    return passed(f"Kubernetes {version} has standard support until {standard}.", "version")


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@check(
    resource_type=CLUSTER,
    title="EKS cluster encrypts Kubernetes secrets with KMS",
    problem="EKS cluster does not encrypt Kubernetes secrets with a key of yours",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:encryption", "aws_fsbp:EKS.3"),
    aliases=("securityhub:EKS.3", "prowler:eks_cluster_kms_cmk_encryption_in_secrets_enabled"),
    remediation=Remediation(
        console="EKS → Clusters → {name} → Overview → Secrets encryption → Enable. It cannot be turned off again.",
        cli="aws eks associate-encryption-config --region {region} --cluster-name {name} --encryption-config "
        '\'[{{"resources":["secrets"],"provider":{{"keyArn":"<key>"}}}}]\'',
    ),
    examples=(
        passes({"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:…:key/1"}}]}),
        fails({"encryptionConfig": []}),
        is_unknown({"encryptionConfig": denied(DESCRIBE)}),
    ),
)
def eks_cluster_secrets_encrypted(cluster: Resource) -> Outcome:
    """With a key of your own, whoever gets at the cluster's store still needs the key, and its use is logged."""
    for index, each in enumerate(cluster.config["encryptionConfig"] or ()):
        if "secrets" in each["resources"]:
            return passed("Secrets are encrypted with a key of yours.", f"encryptionConfig[{index}]")
    return failed("Secrets are encrypted by AWS's own key alone.", "encryptionConfig")


@check(
    resource_type=CLUSTER,
    title="EKS cluster writes audit logs",
    problem="EKS cluster writes no audit logs",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:activity", "aws_fsbp:EKS.8"),
    aliases=("securityhub:EKS.8", "prowler:eks_control_plane_logging_all_types_enabled"),
    remediation=Remediation(
        console="EKS → Clusters → {name} → Observability → Control plane logging → Manage: audit, at least.",
        cli="aws eks update-cluster-config --region {region} --name {name} --logging "
        '\'{{"clusterLogging":[{{"types":["api","audit","authenticator"],"enabled":true}}]}}\'',
    ),
    examples=(
        passes(_logging("api", "audit", "authenticator")),
        fails(_logging("api")),
        fails({"logging": {"clusterLogging": [{"types": ["audit"], "enabled": False}]}}),
        is_unknown({"logging": denied(DESCRIBE)}),
    ),
)
def eks_cluster_audit_logs(cluster: Resource) -> Outcome:
    """The audit log is the only record of who did what in the cluster; GuardDuty has its own copy, you have none."""
    for index, each in enumerate(cluster.config["logging"]["clusterLogging"]):
        if each["enabled"] and "audit" in each["types"]:
            return passed("Audit logs are written.", f"logging.clusterLogging[{index}]")
    return failed("No audit logs are written.", "logging.clusterLogging")


@check(
    resource_type=CLUSTER,
    title="EKS cluster lets people in by access entries",
    problem="EKS cluster still lets people in by a config map",
    severity=Severity.LOW,
    controls=("practices:containers", "practices:iam", "practices:legacy"),
    remediation=Remediation(
        console="EKS → Clusters → {name} → Access → Manage access: authentication mode EKS API, after each line of "
        "aws-auth has an access entry.",
        cli="aws eks update-cluster-config --region {region} --name {name} --access-config authenticationMode=API",
    ),
    examples=(
        passes({"accessConfig": {"authenticationMode": "API"}}),
        fails({"accessConfig": {"authenticationMode": "CONFIG_MAP"}}),
        fails({"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}}, "both"),
        is_unknown({"accessConfig": denied(DESCRIBE)}),
        does_not_apply({"accessConfig": None}, "an Outpost's local cluster"),
    ),
)
def eks_cluster_access_entries(cluster: Resource) -> Outcome:
    """Whoever may edit one config map in the cluster makes anybody its administrator, and CloudTrail sees nothing."""
    access = cluster.config["accessConfig"]
    if access is None:
        return not_applicable("The cluster has no setting for it.", "accessConfig")
    mode = access["authenticationMode"]
    return (passed if mode == "API" else failed)(f"The mode is {mode}.", "accessConfig.authenticationMode")
