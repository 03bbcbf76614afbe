"""Judges CodeBuild report groups by how they export."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

EXPORT = "exportConfig"


@check(
    resource_type="AWS::CodeBuild::ReportGroup",
    title="CodeBuild report group's exports are encrypted",
    problem="CodeBuild report group's exports are not encrypted",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:CodeBuild.7"),
    aliases=("securityhub:CodeBuild.7", "prowler:codebuild_report_group_export_encrypted"),
    remediation=Remediation(
        console="CodeBuild → Report groups → {name} → Edit → Additional configuration: turn off 'Disable artifact "
        "encryption'.",
        cli="aws codebuild update-report-group --region {region} --arn {arn} --export-config file://export.json",
    ),
    examples=(
        passes({EXPORT: {"exportConfigType": "S3", "s3Destination": {"encryptionDisabled": False}}}),
        fails({EXPORT: {"exportConfigType": "S3", "s3Destination": {"encryptionDisabled": True}}}),
        does_not_apply({EXPORT: {"exportConfigType": "NO_EXPORT"}}, "no export"),
        is_unknown({EXPORT: denied("codebuild:BatchGetReportGroups")}),
    ),
)
def codebuild_report_group_export_encrypted(group: Resource) -> Outcome:
    """Raw results of tests show internal addresses, versions and test data, and are stored as plain files."""
    export = group.config[EXPORT]
    if export["exportConfigType"] != "S3":
        return not_applicable("It exports nothing.", f"{EXPORT}.exportConfigType")
    path = f"{EXPORT}.s3Destination.encryptionDisabled"
    if export["s3Destination"].get("encryptionDisabled"):
        return failed("Its exports are stored without encryption.", path)
    return passed("Its exports are encrypted.", path)
