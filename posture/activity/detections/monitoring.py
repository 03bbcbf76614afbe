"""Services that watch an account, and are switched off."""

from __future__ import annotations

from posture.activity.actors import calling_service
from posture.activity.detection import detection
from posture.activity.events import Event
from posture.core.outcome import Severity


def _named(event: Event, *keys: str) -> str:
    """Return the operation with what it names."""
    texts = [event.parameter(key) for key in keys]
    return f"{event.name}: {next((text for text in texts if text), event.region or 'the account')}."


@detection(
    id="config_recorder_stopped",
    title="AWS Config stopped",
    severity=Severity.HIGH,
    attack=("T1562.001",),
    events=("config:StopConfigurationRecorder", "config:DeleteConfigurationRecorder", "config:DeleteDeliveryChannel"),
    fires=({"event": "config:StopConfigurationRecorder"},),
    quiet=({"event": "config:StartConfigurationRecorder"},),
)
def config_stopped(event: Event) -> str | None:
    """Return a sentence where changes are recorded no more."""
    return _named(event, "configurationRecorderName", "deliveryChannelName")


@detection(
    id="guardduty_disabled",
    title="GuardDuty disabled",
    severity=Severity.CRITICAL,
    attack=("T1562.001",),
    events=(
        "guardduty:DeleteDetector", "guardduty:UpdateDetector", "guardduty:StopMonitoringMembers",
        "guardduty:DisassociateMembers", "guardduty:DeleteMembers",
        "guardduty:DisassociateFromAdministratorAccount", "guardduty:DisassociateFromMasterAccount",
    ),
    fires=(
        {"event": "guardduty:DeleteDetector", "requestParameters": {"detectorId": "d"}},
        {"event": "guardduty:UpdateDetector", "requestParameters": {"detectorId": "d", "enable": False}},
    ),
    quiet=({"event": "guardduty:UpdateDetector", "requestParameters": {"detectorId": "d", "enable": True}},),
)  # fmt: skip
def guardduty_disabled(event: Event) -> str | None:
    """Return a sentence where a detector or member is watched no more."""
    if event.name == "UpdateDetector" and event.get("requestParameters.enable") is not False:
        return None
    return _named(event, "detectorId")


@detection(
    id="guardduty_findings_suppressed",
    title="GuardDuty set to ignore findings or addresses",
    severity=Severity.HIGH,
    attack=("T1562.001",),
    events=("guardduty:CreateFilter", "guardduty:UpdateFilter", "guardduty:CreateIPSet", "guardduty:UpdateIPSet"),
    fires=(
        {"event": "guardduty:CreateFilter", "requestParameters": {"name": "f", "action": "ARCHIVE"}},
        {"event": "guardduty:CreateIPSet", "requestParameters": {"name": "trusted"}},
    ),
    quiet=({"event": "guardduty:CreateFilter", "requestParameters": {"name": "f", "action": "NOOP"}},),
)
def guardduty_suppressed(event: Event) -> str | None:
    """Return a sentence for filters that archive, and lists of trusted addresses."""
    is_quiet = event.name.endswith("Filter") and event.parameter("action") != "ARCHIVE"
    return None if is_quiet else _named(event, "name", "filterName", "ipSetId")


@detection(
    id="securityhub_disabled",
    title="Security Hub disabled",
    severity=Severity.HIGH,
    attack=("T1562.001",),
    events=("securityhub:DisableSecurityHub", "securityhub:BatchDisableStandards",
            "securityhub:DisassociateFromAdministratorAccount", "securityhub:DisassociateMembers"),
    fires=({"event": "securityhub:DisableSecurityHub"},),
    quiet=({"event": "securityhub:EnableSecurityHub"},),
)  # fmt: skip
def securityhub_disabled(event: Event) -> str | None:
    """Return a sentence where findings are collected no more."""
    return _named(event)


@detection(
    id="macie_disabled",
    title="Macie disabled or paused",
    severity=Severity.MEDIUM,
    attack=("T1562.001",),
    events=("macie2:DisableMacie", "macie2:UpdateMacieSession", "macie2:DisassociateFromAdministratorAccount"),
    fires=(
        {"event": "macie2:DisableMacie"},
        {"event": "macie2:UpdateMacieSession", "requestParameters": {"status": "PAUSED"}},
    ),
    quiet=({"event": "macie2:UpdateMacieSession", "requestParameters": {"findingPublishingFrequency": "SIX_HOURS"}},),
)
def macie_disabled(event: Event) -> str | None:
    """Return a sentence where data is searched no more."""
    is_quiet = event.name == "UpdateMacieSession" and event.parameter("status") != "PAUSED"
    return None if is_quiet else _named(event)


@detection(
    id="access_analyzer_deleted",
    title="Access analyzer deleted",
    severity=Severity.MEDIUM,
    attack=("T1562.001",),
    events=("access-analyzer:DeleteAnalyzer",),
    fires=({"event": "access-analyzer:DeleteAnalyzer", "requestParameters": {"analyzerName": "a"}},),
    quiet=({"event": "access-analyzer:CreateAnalyzer", "requestParameters": {"analyzerName": "a"}},),
)
def analyzer_deleted(event: Event) -> str | None:
    """Return a sentence for each analyzer that is gone."""
    return _named(event, "analyzerName")


@detection(
    id="inspector_disabled",
    title="Inspector disabled",
    severity=Severity.MEDIUM,
    attack=("T1562.001",),
    events=("inspector2:Disable",),
    fires=({"event": "inspector2:Disable"},),
    quiet=({"event": "inspector2:Enable"},),
)
def inspector_disabled(event: Event) -> str | None:
    """Return a sentence where weaknesses are searched no more."""
    return _named(event)


@detection(
    id="cloudwatch_alarms_removed",
    title="Alarms or metric filters removed",
    severity=Severity.MEDIUM,
    attack=("T1562.006", "T1562.008"),
    events=("monitoring:DeleteAlarms", "monitoring:DisableAlarmActions", "logs:DeleteMetricFilter"),
    fires=({"event": "monitoring:DeleteAlarms", "requestParameters": {"alarmNames": ["root-used"]}},),
    quiet=({"event": "monitoring:PutMetricAlarm", "requestParameters": {"alarmName": "root-used"}},),
)
def alarms_removed(event: Event) -> str | None:
    """Return a sentence where nobody is alarmed any more."""
    names = ", ".join(str(name) for name in event.items("alarmNames"))
    return f"{event.name}: {names}." if names else _named(event, "filterName")


@detection(
    id="logs_deleted",
    title="Log group or stream deleted",
    severity=Severity.MEDIUM,
    attack=("T1070", "T1562.008"),
    events=("logs:DeleteLogGroup", "logs:DeleteLogStream"),
    fires=({"event": "logs:DeleteLogGroup", "requestParameters": {"logGroupName": "trail"}},),
    quiet=(
        {"event": "logs:CreateLogGroup", "requestParameters": {"logGroupName": "trail"}},
        {"event": "logs:DeleteLogGroup", "sourceIPAddress": "cloudformation.amazonaws.com"},
    ),
)
def logs_deleted(event: Event) -> str | None:
    """Return a sentence for logs that are gone, those of removed stacks aside."""
    is_stack = calling_service(event) == "cloudformation.amazonaws.com"
    return None if is_stack else _named(event, "logGroupName")


@detection(
    id="route53_query_logging_deleted",
    title="Logging of DNS queries removed",
    severity=Severity.MEDIUM,
    attack=("T1562.008",),
    events=("route53resolver:DeleteResolverQueryLogConfig", "route53resolver:DisassociateResolverQueryLogConfig",
            "route53:DeleteQueryLoggingConfig"),
    fires=({"event": "route53resolver:DeleteResolverQueryLogConfig"},),
    quiet=({"event": "route53resolver:CreateResolverQueryLogConfig"},),
)  # fmt: skip
def query_logging(event: Event) -> str | None:
    """Return a sentence where queries are recorded no more."""
    return _named(event, "resolverQueryLogConfigId", "id")


@detection(
    id="waf_protection_removed",
    title="Web ACL or its logging removed",
    severity=Severity.MEDIUM,
    attack=("T1562.001", "T1562.008"),
    events=("wafv2:DeleteWebACL", "wafv2:DisassociateWebACL", "wafv2:DeleteLoggingConfiguration"),
    fires=({"event": "wafv2:DisassociateWebACL", "requestParameters": {"resourceArn": "lb"}},),
    quiet=({"event": "wafv2:AssociateWebACL", "requestParameters": {"resourceArn": "lb"}},),
)
def waf_removed(event: Event) -> str | None:
    """Return a sentence where requests are filtered or recorded no more."""
    return _named(event, "name", "resourceArn")


@detection(
    id="bedrock_logging_deleted",
    title="Logging of model invocations removed",
    severity=Severity.MEDIUM,
    attack=("T1562.008",),
    events=("bedrock:DeleteModelInvocationLoggingConfiguration",),
    fires=({"event": "bedrock:DeleteModelInvocationLoggingConfiguration"},),
    quiet=({"event": "bedrock:PutModelInvocationLoggingConfiguration"},),
)
def bedrock_logging(event: Event) -> str | None:
    """Return a sentence where prompts are recorded no more."""
    return _named(event)
