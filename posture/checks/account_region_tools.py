"""Judges which of AWS's own security tools watch a region. Their settings are judged beside each tool."""

from __future__ import annotations

from posture.core.check import Remediation, beside, cannot_tell, check, fails, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.related import Related
from posture.core.resource import Resource

DETECTOR = "AWS::GuardDuty::Detector"
HUB = "AWS::SecurityHub::Hub"


@check(
    resource_type="AWS::Account::Region",
    needs=(DETECTOR,),
    title="GuardDuty is enabled in the region",
    severity=Severity.HIGH,
    controls=("practices:native", "aws_fsbp:GuardDuty.1"),
    aliases=("prowler:guardduty_is_enabled", "securityhub:GuardDuty.1"),
    remediation=Remediation(
        console="GuardDuty in the delegated administrator's account → Accounts → Auto-enable: for all accounts. "
        "For a single account: GuardDuty → Get started → Enable. Repeat in each region.",
        cli="aws guardduty create-detector --enable --region {region}",
        terraform='resource "aws_guardduty_detector" "this" {\n  enable = true\n}',
    ),
    examples=(
        passes({}, related=(beside(DETECTOR, {"Status": "ENABLED"}),)),
        fails({}, "No detector"),
        fails({}, "A suspended detector", related=(beside(DETECTOR, {"Status": "DISABLED"}),)),
        fails(
            {}, "A detector in another region", related=(beside(DETECTOR, {"Status": "ENABLED"}, region="eu-west-1"),)
        ),
        cannot_tell({}, gaps=(DETECTOR,)),
    ),
)
def guardduty_detector_enabled(region: Resource, related: Related) -> Outcome:
    """GuardDuty reads CloudTrail, flow logs and DNS for signs of stolen credentials and taken-over machines.

    Attackers look for the regions that nobody watches, so it must be on in every enabled region, also
    in those where nothing is meant to run. Where it is quiet it costs next to nothing.
    """
    detectors = related.here(DETECTOR)
    if not detectors:
        return failed(f"There is no GuardDuty detector in {region.region}: nobody watches this region.")
    if any(detector.config["Status"] == "ENABLED" for detector in detectors):
        return passed(f"GuardDuty watches {region.region}.")
    return failed(f"The GuardDuty detector in {region.region} is suspended.")


@check(
    resource_type="AWS::Account::Region",
    needs=(HUB,),
    title="Security Hub is enabled in the region",
    severity=Severity.MEDIUM,
    controls=("practices:native", "cis_aws_7:5.16"),
    aliases=("prowler:securityhub_enabled",),
    remediation=Remediation(
        console="Security Hub CSPM in the delegated administrator's account → Configuration → Central configuration → "
        "a policy with Security Hub on, for the whole Organization. For a single account: Security Hub → Go to "
        "Security Hub → Enable.",
        cli="aws securityhub enable-security-hub --enable-default-standards --region {region}",
        terraform='resource "aws_securityhub_account" "this" {}',
    ),
    examples=(
        passes({}, related=(beside(HUB, {"SubscribedAt": "2025-03-12T08:00:00.000Z"}),)),
        fails({}),
        cannot_tell({}, gaps=(HUB,)),
    ),
)
def securityhub_hub_enabled(region: Resource, related: Related) -> Outcome:
    """Security Hub is where AWS's own tools put what they found; without it each must be read by itself.

    It also runs several hundred checks of its own, which are a second opinion on those made here.
    """
    if related.here(HUB):
        return passed(f"Security Hub is enabled in {region.region}.")
    return failed(f"Security Hub is not enabled in {region.region}.")
