"""Judges SAML providers by their dates."""

from __future__ import annotations

from datetime import datetime

from posture.checks.expiry import RENEWAL_DAYS, before_the_end
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import GLOBAL, Resource


@check(
    resource_type="AWS::IAM::SAMLProvider",
    title="SAML provider is renewed in time",
    problem="SAML provider has expired or is about to",
    severity=Severity.MEDIUM,
    controls=("practices:iam",),
    remediation=Remediation(
        console="IAM → Identity providers → {name} → Replace metadata, with a new document of the company's provider.",
        cli="aws iam update-saml-provider --saml-provider-arn {arn} --saml-metadata-document file://metadata.xml",
    ),
    examples=(
        passes({"ValidUntil": "2027-03-01T00:00:00Z"}, region=GLOBAL),
        fails({"ValidUntil": "2026-06-20T00:00:00Z"}, "in three weeks", region=GLOBAL),
        fails(
            {"ValidUntil": "2026-08-01T00:00:00Z"},
            "with a limit of 90 days",
            region=GLOBAL,
            parameters={RENEWAL_DAYS.name: 90},
        ),
        is_unknown({"ValidUntil": denied("iam:ListSAMLProviders")}, region=GLOBAL),
    ),
)
def iam_saml_provider_valid(provider: Resource, clock: Clock) -> Outcome:
    """On the day after, nobody signs in by the company's own provider, and root is what is left."""
    until = datetime.fromisoformat(provider.config["ValidUntil"])
    judge = failed if clock.is_past(until, before_the_end()) else passed
    return judge(f"The provider's metadata is valid until {until:%Y-%m-%d}.", "ValidUntil")
