"""Judges whether CloudWatch alarms do anything when they ring."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import Resource

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
_TOPIC = "arn:aws:sns:eu-central-1:111122223333:alarms"
_DENIED = denied("cloudwatch:DescribeAlarms")


@check(
    resource_type=ALARM,
    needs=(COMPOSITE,),
    title="CloudWatch alarm has an action",
    problem="CloudWatch alarm has no action",
    severity=Severity.LOW,
    controls=("practices:activity",),
    aliases=("securityhub:CloudWatch.15", "prowler:cloudwatch_alarm_actions_alarm_state_configured"),
    remediation=Remediation(
        console="CloudWatch → All alarms → {name} → Actions → Edit → Notification: In alarm, and an SNS topic.",
        cli="aws cloudwatch put-metric-alarm --region {region} --alarm-name {name} --alarm-actions <topic ARN> "
        "<its other settings>",
        terraform='resource "aws_cloudwatch_metric_alarm" "this" {\n  alarm_actions = [aws_sns_topic.alarms.arn]\n}',
    ),
    examples=(
        passes({"AlarmActions": [_TOPIC]}),
        fails({"AlarmActions": []}),
        passes(
            {"AlarmActions": []},
            "part of a composite alarm, which has actions",
            related=(neighbour(COMPOSITE, {"AlarmRule": 'ALARM("example") AND ALARM("other")'}),),
        ),
        fails(
            {"AlarmActions": []},
            "a composite alarm of others",
            related=(neighbour(COMPOSITE, {"AlarmRule": "ALARM(example-2)"}),),
        ),
        is_unknown({"AlarmActions": _DENIED}),
        is_unknown({"AlarmActions": []}, "composite alarms could not be read", gaps=(COMPOSITE,)),
    ),
)
def cloudwatch_alarm_has_action(alarm: Resource, related: Related) -> Outcome:
    """An alarm without an action turns red on a page that nobody looks at."""
    actions = alarm.config["AlarmActions"]
    if actions:
        return passed(f"It calls {actions[0]}.", "AlarmActions")
    for composite in related.here(COMPOSITE):
        if any(name in composite.config["AlarmRule"] for name in _names(alarm)):
            return passed(f"Composite alarm {composite.name} looks at it.", "AlarmActions")
    return failed("It has no action for the state ALARM.", "AlarmActions")


def _names(alarm: Resource) -> list[str]:
    """Return how a rule may name the alarm."""
    return [f"({quote}{name}{quote})" for name in (alarm.name, alarm.arn) for quote in ('"', "")]


@check(
    resource_type=ALARM,
    title="CloudWatch alarm's actions are on",
    problem="CloudWatch alarm's actions are off",
    severity=Severity.MEDIUM,
    controls=("practices:activity",),
    aliases=("securityhub:CloudWatch.17", "prowler:cloudwatch_alarm_actions_enabled"),
    remediation=Remediation(
        console="CloudWatch → All alarms → {name} → Actions → Alarm actions → Enable.",
        cli="aws cloudwatch enable-alarm-actions --region {region} --alarm-names {name}",
        terraform='resource "aws_cloudwatch_metric_alarm" "this" {\n  actions_enabled = true\n}',
    ),
    examples=(
        passes({"ActionsEnabled": True, "AlarmActions": [_TOPIC]}),
        fails({"ActionsEnabled": False, "AlarmActions": [_TOPIC]}),
        does_not_apply({"ActionsEnabled": False, "AlarmActions": []}, "it has none"),
        is_unknown({"ActionsEnabled": _DENIED, "AlarmActions": [_TOPIC]}),
    ),
)
def cloudwatch_alarm_actions_on(alarm: Resource) -> Outcome:
    """Actions are switched off for a maintenance, and forgotten: the alarm then rings for nobody."""
    if not alarm.config["AlarmActions"]:
        return not_applicable("It has no actions.", "AlarmActions")
    if alarm.config["ActionsEnabled"]:
        return passed("Its actions are on.", "ActionsEnabled")
    return failed("Its actions are off.", "ActionsEnabled")
