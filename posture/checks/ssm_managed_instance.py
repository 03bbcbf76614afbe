"""Judges managed instances by what Systems Manager says of their compliance."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

MANAGED = "AWS::SSM::ManagedInstance"
PATCHES, ASSOCIATIONS = "PatchCompliance", "AssociationCompliance"
_LIST = denied("ssm:ListResourceComplianceSummaries")


@check(
    resource_type=MANAGED,
    title="Managed instance has its patches",
    problem="Managed instance lacks patches",
    severity=Severity.HIGH,
    controls=("practices:legacy", "practices:native", "aws_fsbp:SSM.2"),
    aliases=("securityhub:SSM.2", "prowler:ssm_managed_compliant_patching"),
    remediation=Remediation(
        console="Systems Manager → Patch Manager → Compliance reporting → {id} → Patch now; and a patch policy, so "
        "that it happens by itself.",
        cli="aws ssm send-command --region {region} --document-name AWS-RunPatchBaseline --instance-ids {id} "
        "--parameters Operation=Install",
    ),
    examples=(
        passes({PATCHES: "COMPLIANT"}),
        fails({PATCHES: "NON_COMPLIANT"}),
        does_not_apply({PATCHES: None}, "never looked for"),
        is_unknown({PATCHES: _LIST}),
    ),
)
def ssm_managed_instance_patched(instance: Resource) -> Outcome:
    """Patches close what attackers already know, and the tools for it are public within days."""
    status = instance.config[PATCHES]
    if status is None:
        return not_applicable("Patch Manager never looked at it.", PATCHES)
    if status == "COMPLIANT":
        return passed("It has the patches that its baseline asks for.", PATCHES)
    return failed("It lacks patches that its baseline asks for.", PATCHES)


@check(
    resource_type=MANAGED,
    title="Managed instance keeps to its associations",
    problem="Managed instance does not keep to its associations",
    severity=Severity.LOW,
    controls=("practices:native", "aws_fsbp:SSM.3"),
    aliases=("securityhub:SSM.3",),
    remediation=Remediation(
        console="Systems Manager → Compliance → Association → {id}: open the failed association and its output.",
        cli="aws ssm describe-instance-associations-status --region {region} --instance-id {id}",
    ),
    examples=(
        passes({ASSOCIATIONS: "COMPLIANT"}),
        fails({ASSOCIATIONS: "NON_COMPLIANT"}),
        does_not_apply({ASSOCIATIONS: None}, "no association"),
        is_unknown({ASSOCIATIONS: _LIST}),
    ),
)
def ssm_managed_instance_keeps_associations(instance: Resource) -> Outcome:
    """An association installs agents and settings again and again; where it fails, they are missing unnoticed."""
    status = instance.config[ASSOCIATIONS]
    if status is None:
        return not_applicable("No association applies to it.", ASSOCIATIONS)
    if status == "COMPLIANT":
        return passed("Its associations were applied.", ASSOCIATIONS)
    return failed("An association could not be applied.", ASSOCIATIONS)
