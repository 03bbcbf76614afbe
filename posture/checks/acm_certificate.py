"""Judges certificates: until when they hold, and how strong their keys are."""

from __future__ import annotations

from datetime import datetime

from posture.checks.expiry import RENEWAL_DAYS, before_the_end
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

CERTIFICATE = "AWS::CertificateManager::Certificate"
DESCRIBE = "acm:DescribeCertificate"
WEAK = ("RSA_1024", "RSA-1024")
_USED = {"InUseBy": ["arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/shop/1"]}


@check(
    resource_type=CERTIFICATE,
    title="Certificate is renewed in time",
    problem="Certificate has expired or ends soon",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:ACM.1"),
    aliases=("securityhub:ACM.1", "prowler:acm_certificates_expiration_check"),
    remediation=Remediation(
        console="Certificate Manager → the certificate: for an Amazon-issued one create the DNS records that "
        "it shows; for an imported one choose Reimport.",
        cli="aws acm describe-certificate --region {region} --certificate-arn {arn} --query Certificate.RenewalSummary",
    ),
    examples=(
        passes({"Status": "ISSUED", "NotAfter": "2027-01-10T00:00:00Z"}),
        fails({"Status": "ISSUED", "NotAfter": "2026-06-20T00:00:00Z"}, "in three weeks"),
        passes(
            {"Status": "ISSUED", "NotAfter": "2026-06-20T00:00:00Z"},
            "with a limit of 14 days",
            parameters={RENEWAL_DAYS.name: 14},
        ),
        fails({"Status": "EXPIRED", "NotAfter": "2026-05-20T00:00:00Z"}),
        is_unknown({"Status": "ISSUED", "NotAfter": denied(DESCRIBE)}),
        does_not_apply({"Status": "PENDING_VALIDATION", "NotAfter": None}, "not issued yet"),
    ),
)
def acm_certificate_renewed(certificate: Resource, clock: Clock) -> Outcome:
    """On the day after, browsers warn away whoever comes, and programs stop talking to each other.

    ACM renews what it issued 60 days ahead, if its records for validation are still in DNS.
    """
    if certificate.config["Status"] not in {"ISSUED", "EXPIRED"}:
        return not_applicable(f"The certificate is {certificate.config['Status']}.", "Status")
    until = datetime.fromisoformat(certificate.config["NotAfter"])
    judge = failed if clock.has_come(until, before_the_end()) else passed
    return judge(f"The certificate ends on {until:%Y-%m-%d}.", "NotAfter")


@check(
    resource_type=CERTIFICATE,
    title="Certificate's RSA key has 2,048 bits or more",
    problem="Certificate's RSA key has 1,024 bits",
    severity=Severity.HIGH,
    controls=("practices:encryption", "practices:legacy", "aws_fsbp:ACM.2"),
    aliases=("securityhub:ACM.2", "prowler:acm_certificates_with_secure_key_algorithms"),
    remediation=Remediation(
        console="Make a certificate with a key of 2,048 bits or an elliptic curve, put it in the old one's place at "
        "everything that uses it, then delete the old one.",
        cli="aws acm request-certificate --region {region} --domain-name {name} --validation-method DNS "
        "--key-algorithm EC_prime256v1",
    ),
    examples=(
        passes({"KeyAlgorithm": "RSA_2048"}),
        passes({"KeyAlgorithm": "EC_prime256v1"}),
        fails({"KeyAlgorithm": "RSA_1024"}),
        fails({"KeyAlgorithm": "RSA-1024"}, "as older answers write it"),
        is_unknown({"KeyAlgorithm": denied(DESCRIBE)}),
    ),
)
def acm_certificate_strong_key(certificate: Resource) -> Outcome:
    """Keys of 1,024 bits can be broken by those who want to; browsers have refused them for years."""
    algorithm = certificate.config["KeyAlgorithm"]
    return (failed if algorithm in WEAK else passed)(f"The key is of {algorithm}.", "KeyAlgorithm")


@check(
    resource_type=CERTIFICATE,
    title="Certificate is in use",
    problem="Certificate is used by nothing",
    severity=Severity.LOW,
    controls=("practices:legacy",),
    remediation=Remediation(
        console="Certificate Manager → the certificate → Delete.",
        cli="aws acm delete-certificate --region {region} --certificate-arn {arn}",
    ),
    examples=(
        passes({"Status": "ISSUED", **_USED}),
        fails({"Status": "ISSUED", "InUseBy": []}),
        is_unknown({"Status": "ISSUED", "InUseBy": denied(DESCRIBE)}),
        does_not_apply({"Status": "PENDING_VALIDATION", "InUseBy": []}, "not issued yet"),
    ),
)
def acm_certificate_used(certificate: Resource) -> Outcome:
    """A certificate that nothing uses still speaks for its name to whoever gets hold of its key, if it was imported."""
    if certificate.config["Status"] != "ISSUED":
        return not_applicable(f"The certificate is {certificate.config['Status']}.", "Status")
    if certificate.config["InUseBy"]:
        return passed("It is in use.", "InUseBy")
    return failed("Nothing uses it.", "InUseBy")
