"""Judges instances of DocumentDB clusters."""

from __future__ import annotations

from datetime import timedelta

from posture.checks.databases import judge_certificate
from posture.core.check import EXAMPLE_NOW, Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity
from posture.core.resource import Resource

INSTANCE = "AWS::DocDB::DBInstance"
DESCRIBE = "rds:DescribeDBInstances"
_MODIFY = "aws docdb modify-db-instance --region {region} --db-instance-identifier {name} --apply-immediately "


@check(
    resource_type=INSTANCE,
    title="DocumentDB instance has a certificate that stays valid",
    problem="DocumentDB instance has a certificate that has expired or soon will",
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    remediation=Remediation(
        console="DocumentDB → Clusters → the instance → Modify → Certificate authority; give clients the "
        "new bundle first.",
        cli=_MODIFY + "--ca-certificate-identifier rds-ca-rsa2048-g1",
        terraform='resource "aws_docdb_cluster_instance" "this" {\n  ca_cert_identifier = "rds-ca-rsa2048-g1"\n}',
    ),
    examples=(
        passes({"CertificateDetails": {"ValidTill": (EXAMPLE_NOW + timedelta(days=300)).isoformat()}}),
        fails({"CertificateDetails": {"ValidTill": (EXAMPLE_NOW + timedelta(days=30)).isoformat()}}, "about to end"),
        fails({"CertificateDetails": {"ValidTill": (EXAMPLE_NOW - timedelta(days=1)).isoformat()}}, "ended"),
        is_unknown({"CertificateDetails": denied(DESCRIBE)}),
        does_not_apply({}, "the engine shows none"),
    ),
)
def docdb_instance_certificate_valid(instance: Resource, clock: Clock) -> Outcome:
    """When the certificate ends, clients that check it are locked out, and somebody will turn the check off."""
    return judge_certificate(instance, clock)
