"""Judges instances of Neptune clusters."""

from __future__ import annotations

from datetime import timedelta

from posture.checks.databases import flag_examples, judge_certificate, judge_flag
from posture.core.check import EXAMPLE_NOW, Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

INSTANCE = "AWS::Neptune::DBInstance"
DESCRIBE = "rds:DescribeDBInstances"
_MODIFY = "aws neptune modify-db-instance --region {region} --db-instance-identifier {name} --apply-immediately "


@check(
    resource_type=INSTANCE,
    title="Neptune instance has a certificate that stays valid",
    problem="Neptune instance has a certificate that has expired or soon will",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    remediation=Remediation(
        console="RDS → Certificate update, where Neptune's instances are listed too; give clients the new bundle "
        "first.",
        cli="aws rds modify-db-instance --region {region} --db-instance-identifier {name} --apply-immediately "
        "--ca-certificate-identifier rds-ca-rsa2048-g1",
    ),
    examples=(
        passes({"CertificateDetails": {"ValidTill": (EXAMPLE_NOW + timedelta(days=300)).isoformat()}}),
        fails({"CertificateDetails": {"ValidTill": (EXAMPLE_NOW + timedelta(days=30)).isoformat()}}, "about to end"),
        fails({"CertificateDetails": {"ValidTill": (EXAMPLE_NOW - timedelta(days=1)).isoformat()}}, "ended"),
        is_unknown({"CertificateDetails": denied(DESCRIBE)}),
        does_not_apply({}, "the engine shows none"),
    ),
)
def neptune_instance_certificate_valid(instance: Resource, clock: Clock) -> Outcome:
    """When the certificate ends, clients that check it are locked out, and somebody will turn the check off."""
    return judge_certificate(instance, clock)


@check(
    resource_type=INSTANCE,
    title="Neptune instance has no public address",
    problem="Neptune instance has a public address",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:data", "practices:vpc"),
    remediation=Remediation(
        console="Neptune → Databases → the instance → Modify → Connectivity → Not publicly accessible.",
        cli=_MODIFY + "--no-publicly-accessible",
        terraform='resource "aws_neptune_cluster_instance" "this" {\n  publicly_accessible = false\n}',
    ),
    examples=(
        passes({"PubliclyAccessible": False}),
        fails({"PubliclyAccessible": True}),
        is_unknown({"PubliclyAccessible": denied(DESCRIBE)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def neptune_instance_not_public(instance: Resource) -> Outcome:
    """With a public address only IAM and a security group are between the graph and the internet.

    Applications reach it inside the VPC, people through a notebook or VPN.
    """
    if instance.config["PubliclyAccessible"]:
        return failed("The instance resolves to a public address.", "PubliclyAccessible")
    return passed("The instance has private addresses only.", "PubliclyAccessible")


@check(
    resource_type=INSTANCE,
    title="Neptune instance takes minor upgrades by itself",
    problem="Neptune instance does not take minor upgrades by itself",
    severity=Severity.LOW,
    controls=("practices:legacy",),
    remediation=Remediation(
        console="Neptune → Databases → the instance → Modify → Auto minor version upgrade.",
        cli=_MODIFY + "--auto-minor-version-upgrade",
        terraform='resource "aws_neptune_cluster_instance" "this" {\n  auto_minor_version_upgrade = true\n}',
    ),
    examples=flag_examples("AutoMinorVersionUpgrade", DESCRIBE),
)
def neptune_instance_minor_upgrades_automatic(instance: Resource) -> Outcome:
    """Minor versions carry the fixes. They come in the maintenance window, or years late."""
    return judge_flag(
        instance,
        "AutoMinorVersionUpgrade",
        "Minor upgrades are applied in the maintenance window.",
        "Minor upgrades wait for somebody to apply them.",
    )
