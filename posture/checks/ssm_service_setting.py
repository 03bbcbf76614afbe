"""Judges what is set for Systems Manager in a region."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

SETTING = "AWS::SSM::ServiceSetting"
PUBLIC_SHARING, LOG = "DocumentPublicSharing", "AutomationLogDestination"
_GET = denied("ssm:GetServiceSetting")
_SET = "aws ssm update-service-setting --region {region} --setting-id "


@check(
    resource_type=SETTING,
    title="Systems Manager blocks public sharing of documents",
    problem="Systems Manager allows public sharing of documents",
    severity=Severity.CRITICAL,
    protects=("AWS::SSM::Document",),
    controls=("practices:iam", "aws_fsbp:SSM.7"),
    aliases=("securityhub:SSM.7",),
    remediation=Remediation(
        console="Systems Manager → Documents → Preferences → Edit: Block public sharing.",
        cli=_SET + "/ssm/documents/console/public-sharing-permission --setting-value Disable",
    ),
    examples=(
        passes({PUBLIC_SHARING: "Disable"}),
        fails({PUBLIC_SHARING: "Enable"}, "AWS's default"),
        is_unknown({PUBLIC_SHARING: _GET}),
    ),
)
def ssm_service_setting_public_sharing_blocked(setting: Resource) -> Outcome:
    """With the block, nobody makes a document public by mistake, whatever their rights are."""
    if setting.config[PUBLIC_SHARING] == "Disable":
        return passed("Documents cannot be made public.", PUBLIC_SHARING)
    return failed("Whoever may share documents can make them public.", PUBLIC_SHARING)


@check(
    resource_type=SETTING,
    title="Systems Manager Automation logs its scripts",
    problem="Systems Manager Automation does not log its scripts",
    severity=Severity.MEDIUM,
    protects=("AWS::SSM::Document",),
    controls=("practices:activity", "aws_fsbp:SSM.6"),
    aliases=("securityhub:SSM.6",),
    remediation=Remediation(
        console="Systems Manager → Automation → Preferences → Edit: Send output to CloudWatch Logs.",
        cli=_SET + "/ssm/automation/customer-script-log-destination --setting-value CloudWatch",
    ),
    examples=(
        passes({LOG: "CloudWatch"}),
        fails({LOG: "None"}, "AWS's default"),
        is_unknown({LOG: _GET}),
    ),
)
def ssm_service_setting_automation_logged(setting: Resource) -> Outcome:
    """Automation runs scripts with the rights of a role; without the log nobody sees what they printed or did."""
    if setting.config[LOG] == "CloudWatch":
        return passed("The output of scripts goes to CloudWatch Logs.", LOG)
    return failed("The output of scripts is not kept.", LOG)
