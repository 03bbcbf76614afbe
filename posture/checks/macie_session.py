"""Judges how Macie is set where it is on. Whether it is on is judged by region."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource


@check(
    resource_type="AWS::Macie::Session",
    title="Macie looks for sensitive data by itself",
    problem="Macie does not look for sensitive data by itself",
    protects=("AWS::S3::Bucket",),
    severity=Severity.LOW,
    controls=("practices:native", "practices:data", "cis_aws_7:3.1.3", "aws_fsbp:Macie.2"),
    aliases=("prowler:macie_automated_sensitive_data_discovery_enabled", "securityhub:Macie.2"),
    remediation=Remediation(
        console="Macie in the administrator's account → Settings → Automated sensitive data discovery → Enable, for "
        "all accounts.",
        cli="aws macie2 update-automated-discovery-configuration --status ENABLED --region {region}",
    ),
    examples=(
        passes({"status": "ENABLED", "AutomatedDiscovery": {"status": "ENABLED"}}),
        fails({"status": "ENABLED", "AutomatedDiscovery": {"status": "DISABLED"}}),
        does_not_apply({"status": "PAUSED", "AutomatedDiscovery": {"status": "DISABLED"}}, "Paused"),
        is_unknown({"status": "ENABLED", "AutomatedDiscovery": denied("macie2:GetAutomatedDiscoveryConfiguration")}),
    ),
)
def macie_session_discovery_automated(session: Resource) -> Outcome:
    """Macie that waits for somebody to start a job finds what that somebody already suspected.

    Automated discovery samples all buckets day by day and learns where it pays to look closer.
    """
    if session.config["status"] != "ENABLED":
        return not_applicable("Macie is paused, which is judged for the region.", "status")
    if session.config["AutomatedDiscovery"]["status"] == "ENABLED":
        return passed(f"Macie samples the buckets of {session.region} by itself.", "AutomatedDiscovery.status")
    return failed(f"In {session.region} Macie looks only where a job sends it.", "AutomatedDiscovery.status")
