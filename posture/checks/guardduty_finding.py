"""Judges how long GuardDuty's findings have been waiting."""

from __future__ import annotations

from datetime import datetime, timedelta

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import Resource

CRITICAL_DAYS = days(
    "guardduty_critical_days",
    "Critical GuardDuty findings",
    "A critical finding of GuardDuty has to be archived within so many days.",
    default=1,
    maximum=90,
)
HIGH_DAYS = days(
    "guardduty_high_days",
    "High GuardDuty findings",
    "A finding of GuardDuty of high severity has to be archived within so many days.",
    default=7,
    maximum=90,
)
"""GuardDuty itself drops findings after 90 days."""
LIMITS = {"CRITICAL": CRITICAL_DAYS, "HIGH": HIGH_DAYS}
"""How long a finding may wait, by its severity."""
MINING = {"SeverityBand": "HIGH", "Severity": 8.0, "Type": "CryptoCurrency:EC2/BitcoinTool.B!DNS"}

ATTACK = {
    "SeverityBand": "CRITICAL",
    "Severity": 9.0,
    "Type": "AttackSequence:S3/CompromisedData",
    "CreatedAt": "2026-05-30T04:11:00.000Z",
}


@check(
    resource_type="AWS::GuardDuty::Finding",
    title="Severe GuardDuty finding is handled in time",
    problem="A severe GuardDuty finding is open for too long",
    severity=Severity.CRITICAL,
    controls=("practices:native", "practices:activity"),
    aliases=("prowler:guardduty_no_high_severity_findings",),
    remediation=Remediation(
        console="GuardDuty → Findings → the finding: read what it saw, isolate the resource or revoke the "
        "credentials, then archive it. If it is harmless, write a suppression rule that says why.",
        cli="aws guardduty archive-findings --detector-id <detector> --finding-ids <finding> --region {region}",
    ),
    examples=(
        passes({**MINING, "CreatedAt": "2026-05-30T04:11:00.000Z"}, "Two days old"),
        fails({**MINING, "CreatedAt": "2026-05-20T04:11:00.000Z"}, "Twelve days old"),
        fails(ATTACK, "A critical one has a day"),
        fails(
            {**MINING, "CreatedAt": "2026-05-30T04:11:00.000Z"},
            "with a limit of one day",
            parameters={HIGH_DAYS.name: 1},
        ),
        passes(ATTACK, "with a limit of three days", parameters={CRITICAL_DAYS.name: 3}),
        does_not_apply(
            {"SeverityBand": "LOW", "Severity": 2.0, "Type": "Recon:EC2/Portscan", "CreatedAt": "2026-01-01T00:00:00Z"}
        ),
        is_unknown(
            {**MINING, "SeverityBand": denied("guardduty:GetFindings"), "CreatedAt": "2026-05-20T04:11:00.000Z"}
        ),
    ),
)
def guardduty_finding_handled_in_time(finding: Resource, clock: Clock) -> Outcome:
    """GuardDuty sees an attack within minutes; it stops none.

    A severe finding that stays open for days means that nobody reads them, or that nobody knows what to
    do next. Either is what an intruder hopes for.
    """
    band = finding.config["SeverityBand"]
    if band not in LIMITS:
        return not_applicable(f"A finding of {band.lower()} severity.", "SeverityBand")
    since = datetime.fromisoformat(finding.config["CreatedAt"])
    reason, limit = f"{finding.config['Type']} has been open since {since:%Y-%m-%d}", LIMITS[band].value
    if clock.is_past(since, timedelta(days=limit)):
        return failed(f"{reason}, more than {limit} day{'' if limit == 1 else 's'} ago.", "SeverityBand", "CreatedAt")
    return passed(f"{reason}.", "SeverityBand", "CreatedAt")
