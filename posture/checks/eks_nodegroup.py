"""Judge EKS node groups: who can log in to their machines, and how old images are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from posture.checks.eks_cluster import judge_version
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import Resource

GROUP = "AWS::EKS::Nodegroup"
DESCRIBE = "eks:DescribeNodegroup"
IMAGE_DAYS = days(
    "node_image_days",
    "Age of node images",
    "An EKS node group whose image was released longer ago has to be updated.",
    default=90,
)
"""EKS publishes patched images every week or two."""
_RELEASED = re.compile(r"-(\d{4})\.?(\d{2})\.?(\d{2})$")
"""The date at the end of a release: 1.33.1-20260501, or 1.33-2026.05.01 for Windows."""


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


@check(
    resource_type=GROUP,
    title="EKS node group's image is recent",
    problem="EKS node group runs an image of months ago",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:legacy"),
    remediation=Remediation(
        console="EKS → Clusters → the cluster → Compute → {name} → Update now: it replaces the nodes one by one. "
        "Automate it by EventBridge Scheduler, or by EKS Auto Mode.",
        cli="aws eks update-nodegroup-version --region {region} --cluster-name <cluster> --nodegroup-name {name}",
    ),
    examples=(
        passes({"releaseVersion": "1.33.1-20260501"}),
        passes({"releaseVersion": "1.33-2026.05.12"}, "Windows"),
        fails({"releaseVersion": "1.33.1-20260101"}),
        fails({"releaseVersion": "1.33.1-20260501"}, "with a limit of 14 days", parameters={IMAGE_DAYS.name: 14}),
        does_not_apply({"releaseVersion": "ami-0a1b2c3d4e5f60718"}, "an image of your own"),
        does_not_apply({"releaseVersion": "1.20.3-5d9ac849"}, "Bottlerocket's releases have no date"),
        does_not_apply({"releaseVersion": "1.33.1-20269999"}, "no date"),
        is_unknown({"releaseVersion": denied(DESCRIBE)}),
    ),
)
def eks_nodegroup_image_recent(group: Resource, clock: Clock) -> Outcome:
    """Nodes are patched by replacing them: what was found in the kernel since their image was made is still open.

    Every pod on the node is only as far from the others as that kernel keeps it.
    """
    release = str(group.config["releaseVersion"])
    at = _date_of(release)
    if at is None:
        return not_applicable(f"The release {release} says no date.", "releaseVersion")
    limit = IMAGE_DAYS.value
    due = at + timedelta(days=limit)
    if clock.has_come(due):
        ago = f"{limit} day{'' if limit == 1 else 's'} ago or more"
        return failed(f"The image was released on {at.date()}, {ago}.", "releaseVersion")
    return passed(f"The image was released on {at.date()}, and is old from {due.date()}.", "releaseVersion")


def _date_of(release: str) -> datetime | None:
    found = _RELEASED.search(release)
    if found is None:
        return None
    year, month, day = map(int, found.groups())
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
