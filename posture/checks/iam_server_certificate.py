"""Judges server certificates in IAM by their dates."""

from __future__ import annotations

from datetime import datetime

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import GLOBAL, Resource


@check(
    resource_type="AWS::IAM::ServerCertificate",
    title="Server certificate in IAM is valid",
    problem="Server certificate in IAM has expired",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "practices:encryption", "practices:legacy", "cis_aws_7:2.17", "aws_fsbp:IAM.26"),
    aliases=("securityhub:IAM.26", "prowler:iam_no_expired_server_certificates_stored"),
    remediation=Remediation(
        console="IAM shows no certificates in its console: delete it by CLI. Use AWS Certificate Manager for new ones.",
        cli="aws iam delete-server-certificate --server-certificate-name {name}",
    ),
    examples=(
        passes({"Expiration": "2027-03-01T00:00:00Z"}, region=GLOBAL),
        fails({"Expiration": "2026-03-01T00:00:00Z"}, region=GLOBAL),
        is_unknown({"Expiration": denied("iam:ListServerCertificates")}, region=GLOBAL),
    ),
)
def iam_server_certificate_valid(certificate: Resource, clock: Clock) -> Outcome:
    """An expired certificate serves nobody, and breaks the site of whoever picks it from the list by mistake."""
    until = datetime.fromisoformat(certificate.config["Expiration"])
    judge, verb = (failed, "expired") if clock.has_come(until) else (passed, "expires")
    return judge(f"The certificate {verb} on {until:%Y-%m-%d}.", "Expiration")
