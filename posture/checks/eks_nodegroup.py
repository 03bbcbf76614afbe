"""Judge EKS node groups: who can log in to their machines, and how old images are."""

from __future__ import annotations

from posture.checks.eks_cluster import judge_version
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

GROUP = "AWS::EKS::Nodegroup"
DESCRIBE = "eks:DescribeNodegroup"


@check(
    resource_type=GROUP,
    title="EKS node group takes SSH from named groups alone",
    problem="EKS node group takes SSH from anywhere",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:vpc"),
    remediation=Remediation(
        console="Make a node group without remote access and move the pods there; use Session Manager to log in.",
        cli="aws eks create-nodegroup --region {region} --cluster-name <cluster> --nodegroup-name <new> …",
    ),
    examples=(
        passes({"remoteAccess": None}),
        passes({"remoteAccess": {"ec2SshKey": "ops", "sourceSecurityGroups": ["sg-1"]}}),
        fails({"remoteAccess": {"ec2SshKey": "ops"}}),
        is_unknown({"remoteAccess": denied(DESCRIBE)}),
    ),
)
def eks_nodegroup_ssh_restricted(group: Resource) -> Outcome:
    """With a key and no source group, EKS opens port 22 of every node to the internet."""
    access = group.config["remoteAccess"]
    if not access or not access.get("ec2SshKey"):
        return passed("Nobody logs in by SSH.", "remoteAccess")
    if access.get("sourceSecurityGroups"):
        return passed("SSH is let in from named security groups.", "remoteAccess.sourceSecurityGroups")
    return failed("SSH is let in from anywhere.", "remoteAccess")


@check(
    resource_type=GROUP,
    title="EKS node group's image is still maintained",
    problem="EKS node group uses Amazon Linux 2",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:legacy"),
    remediation=Remediation(
        console="Make a node group with an Amazon Linux 2023 or Bottlerocket image and move the pods there.",
        cli="aws eks create-nodegroup --region {region} --cluster-name <cluster> --nodegroup-name <new> "
        "--ami-type AL2023_x86_64_STANDARD …",
    ),
    examples=(
        passes({"amiType": "AL2023_ARM_64_STANDARD"}),
        passes({"amiType": "CUSTOM"}, "an image of your own"),
        fails({"amiType": "AL2_x86_64"}),
        is_unknown({"amiType": denied(DESCRIBE)}),
    ),
)
def eks_nodegroup_maintained_image(group: Resource) -> Outcome:
    """EKS has published no Amazon Linux 2 images since 26 November 2025, nor patches for those that run."""
    kind = str(group.config["amiType"])
    return (failed if kind.startswith("AL2_") else passed)(f"The image is {kind}.", "amiType")


@check(
    resource_type=GROUP,
    title="EKS node group runs a Kubernetes with standard support",
    problem="EKS node group runs a Kubernetes without standard support",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:legacy"),
    remediation=Remediation(
        console="EKS → Clusters → the cluster → Compute → {name} → Update now: the cluster's Kubernetes version.",
        cli="aws eks update-nodegroup-version --region {region} --cluster-name <cluster> --nodegroup-name {name}",
    ),
    examples=(
        passes({"version": "1.33"}),
        fails({"version": "1.30"}),
        fails({"version": "1.24"}, "older than all that are known"),
        is_unknown({"version": denied(DESCRIBE)}),
    ),
)
def eks_nodegroup_supported_version(group: Resource, clock: Clock) -> Outcome:
    """Upgrading a cluster leaves its nodes as they are: they may be three versions behind, on unpatched images."""
    return judge_version(group, clock)
