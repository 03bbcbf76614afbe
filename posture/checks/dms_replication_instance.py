"""Judges replication instances of the Database Migration Service."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

INSTANCE = "AWS::DMS::ReplicationInstance"
_DENIED = denied("dms:DescribeReplicationInstances")
_MODIFY = "aws dms modify-replication-instance --region {region} --replication-instance-arn {arn} --apply-immediately "


@check(
    resource_type=INSTANCE,
    title="DMS replication instance has no public address",
    problem="DMS replication instance has a public address",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:vpc", "practices:data", "aws_fsbp:DMS.1"),
    aliases=("securityhub:DMS.1", "prowler:dms_instance_no_public_access"),
    remediation=Remediation(
        console="DMS → Replication instances → Create replication instance, in private subnets and without 'Publicly "
        "accessible', which cannot be changed later; move the tasks, and delete this one.",
        cli="aws dms create-replication-instance --region {region} --replication-instance-identifier <name> "
        "--replication-instance-class dms.t3.medium --no-publicly-accessible",
        terraform='resource "aws_dms_replication_instance" "this" {\n  publicly_accessible = false\n}',
    ),
    examples=(
        passes({"PubliclyAccessible": False}),
        fails({"PubliclyAccessible": True}),
        is_unknown({"PubliclyAccessible": _DENIED}),
    ),
)
def dms_replication_instance_not_public(instance: Resource) -> Outcome:
    """The instance holds users of your databases and copies of their data, and the internet can reach it.

    A security group that is too wide is then all that it takes.
    """
    if instance.config["PubliclyAccessible"]:
        return failed("It has a public address.", "PubliclyAccessible")
    return passed("It has private addresses alone.", "PubliclyAccessible")


@check(
    resource_type=INSTANCE,
    title="DMS replication instance takes minor upgrades by itself",
    problem="DMS replication instance does not take minor upgrades",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:DMS.6"),
    aliases=("securityhub:DMS.6", "prowler:dms_instance_minor_version_upgrade_enabled"),
    remediation=Remediation(
        console="DMS → Replication instances → {name} → Modify → Maintenance: Automatic version upgrade.",
        cli=_MODIFY + "--auto-minor-version-upgrade",
        terraform='resource "aws_dms_replication_instance" "this" {\n  auto_minor_version_upgrade = true\n}',
    ),
    examples=(
        passes({"AutoMinorVersionUpgrade": True}),
        fails({"AutoMinorVersionUpgrade": False}),
        is_unknown({"AutoMinorVersionUpgrade": _DENIED}),
    ),
)
def dms_replication_instance_upgraded(instance: Resource) -> Outcome:
    """Minor versions mend what is wrong with security and with copying, and nobody installs them by hand."""
    if instance.config["AutoMinorVersionUpgrade"]:
        return passed("It takes minor versions by itself.", "AutoMinorVersionUpgrade")
    return failed("It takes no minor version by itself.", "AutoMinorVersionUpgrade")


@check(
    resource_type=INSTANCE,
    title="DMS replication instance runs in two zones",
    problem="DMS replication instance runs in one zone",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:DMS.13"),
    aliases=("securityhub:DMS.13", "prowler:dms_instance_multi_az_enabled"),
    remediation=Remediation(
        console="DMS → Replication instances → {name} → Modify → High Availability: Production workload (Multi-AZ).",
        cli=_MODIFY + "--multi-az",
        terraform='resource "aws_dms_replication_instance" "this" {\n  multi_az = true\n}',
    ),
    examples=(passes({"MultiAZ": True}), fails({"MultiAZ": False}), is_unknown({"MultiAZ": _DENIED})),
)
def dms_replication_instance_in_two_zones(instance: Resource) -> Outcome:
    """When its zone fails, copying stops, and a long full load begins again from its start."""
    if instance.config["MultiAZ"]:
        return passed("It has a standby in another zone.", "MultiAZ")
    return failed("It runs in one zone.", "MultiAZ")
