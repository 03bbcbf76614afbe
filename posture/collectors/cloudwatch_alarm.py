"""CloudWatch alarms on metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.collectors.cloudwatch_listing import alarm_tags, listed_alarms
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::CloudWatch::Alarm",
    title="CloudWatch alarm",
    plural="CloudWatch alarms",
    service="cloudwatch",
    family=Family.SECURITY,
    actions=("cloudwatch:DescribeAlarms", "tag:GetResources"),
    columns=(
        Column("Namespace", "Namespace"),
        Column("MetricName", "Metric"),
        Column("ActionsEnabled", "Actions on"),
        Column("AlarmActions", "Actions"),
        Column("observed.StateValue", "State"),
    ),
    relations=(Relation("AlarmActions", "AWS::SNS::Topic"),),
    ignored=(
        "AlarmConfigurationUpdatedTimestamp",
        "EvaluationState",
        "StateReason",
        "StateReasonData",
        "StateTransitionedTimestamp",
        "StateUpdatedTimestamp",
    ),
    observed=("StateValue",),
    unordered=("AlarmActions", "Dimensions", "InsufficientDataActions", "OKActions"),
)
def alarms(ask: Ask) -> Iterator[Resource]:
    """An alarm watches a metric, and does something when it crosses a threshold: calls people, mostly."""
    found = list(listed_alarms(ask, "MetricAlarms"))
    tags: dict[str, Any] | Unknown = alarm_tags(ask) if found else {}
    for raw in found:
        own = tags if isinstance(tags, Unknown) else tags.get(raw["AlarmArn"])
        yield ask.resource(raw, arn=raw["AlarmArn"], name=raw["AlarmName"], tags=own)
