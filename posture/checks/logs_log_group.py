"""Judges log groups: how long they keep events, and by whose key."""

from __future__ import annotations

from posture.core.arn import Arn
from posture.core.check import (
    EXAMPLE_ACCOUNT,
    Remediation,
    check,
    denied,
    does_not_apply,
    fails,
    is_unknown,
    neighbour,
    passes,
)
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.related import Related
from posture.core.resource import Resource

GROUP, TRAIL, FLOW_LOG = "AWS::Logs::LogGroup", "AWS::CloudTrail::Trail", "AWS::EC2::FlowLog"
KEPT_DAYS = days(
    "audit_log_days",
    "Retention of audit logs",
    "Log groups that trails and flow logs deliver to have to keep their events for so many days.",
    default=365,
)
_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1b2c3d4e-0000-4000-8000-000000000001"
_LIST = denied("logs:DescribeLogGroups")
_TRAIL = neighbour(
    TRAIL, {"CloudWatchLogsLogGroupArn": f"arn:aws:logs:eu-central-1:{EXAMPLE_ACCOUNT}:log-group:example:*"}
)
_FLOW_LOG = neighbour(FLOW_LOG, {"LogGroupName": "example"})


@check(
    resource_type=GROUP,
    needs=(TRAIL, FLOW_LOG),
    title="Log group of an audit trail keeps its events long enough",
    problem="Log group of an audit trail keeps its events too short",
    severity=Severity.MEDIUM,
    controls=("practices:activity",),
    remediation=Remediation(
        console="CloudWatch → Log groups → {name} → Actions → Edit retention setting: 1 year or more.",
        cli="aws logs put-retention-policy --region {region} --log-group-name {name} --retention-in-days 365",
        terraform='resource "aws_cloudwatch_log_group" "this" {\n  retention_in_days = 365\n}',
    ),
    examples=(
        passes({"retentionInDays": 365}, "CloudTrail's", related=(_TRAIL,)),
        passes({"retentionInDays": None}, "kept for ever", related=(_TRAIL,)),
        fails({"retentionInDays": 30}, "CloudTrail's", related=(_TRAIL,)),
        fails({"retentionInDays": 90}, "a flow log's", related=(_FLOW_LOG,)),
        passes(
            {"retentionInDays": 90},
            "where 90 days suffice",
            related=(_FLOW_LOG,),
            parameters={KEPT_DAYS.name: 90},
        ),
        is_unknown({"retentionInDays": _LIST}, related=(_TRAIL,)),
        is_unknown({"retentionInDays": 30}, "trails could not be read", gaps=(TRAIL,)),
        does_not_apply({"retentionInDays": 7}, "an application's"),
    ),
)
def logs_log_group_audit_events_kept(group: Resource, related: Related) -> Outcome:
    """Intrusions are found months after they began, and without the events of that time nobody learns how.

    Where the same events are kept in a bucket, they can be found there too, only slower.
    """
    trails = (trail.config.get("CloudWatchLogsLogGroupArn") for trail in related.here(TRAIL))
    delivered = {Arn.parse(arn).resource.removeprefix("log-group:").removesuffix(":*") for arn in trails if arn}
    flows = {str(flow_log.config.get("LogGroupName")) for flow_log in related.here(FLOW_LOG)}
    if group.name not in delivered | flows:
        return not_applicable("No trail and no flow log delivers to it.")
    kept, limit = group.config["retentionInDays"], KEPT_DAYS.value
    if kept is None:
        return passed("It keeps events for ever.", "retentionInDays")
    if kept < limit:
        return failed(f"It keeps events {kept} days, less than {limit}.", "retentionInDays")
    return passed(f"It keeps events {kept} days.", "retentionInDays")


@check(
    resource_type=GROUP,
    title="Log group is encrypted with a KMS key",
    problem="Log group is not encrypted with a KMS key",
    severity=Severity.LOW,
    controls=("practices:encryption",),
    aliases=("prowler:cloudwatch_log_group_kms_encryption_enabled",),
    remediation=Remediation(
        console="The console cannot do it: let a KMS key's policy allow CloudWatch Logs, then use the command.",
        cli="aws logs associate-kms-key --region {region} --log-group-name {name} --kms-key-id <key ARN>",
        terraform='resource "aws_cloudwatch_log_group" "this" {\n  kms_key_id = aws_kms_key.logs.arn\n}',
    ),
    examples=(
        passes({"kmsKeyId": _KEY}),
        fails({"kmsKeyId": None}),
        is_unknown({"kmsKeyId": _LIST}),
    ),
)
def logs_log_group_encrypted_with_kms(group: Resource) -> Outcome:
    """AWS encrypts every log group, by a key that it keeps for itself: whoever may read the log gets plain text.

    Your own key makes reading need a second permission, and can be taken away when something leaked.
    """
    key = group.config["kmsKeyId"]
    return passed(f"It is encrypted with {key}.", "kmsKeyId") if key else failed("It has no KMS key.", "kmsKeyId")
