"""CloudWatch alarms on the states of other alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.collectors.cloudwatch_listing import alarm_tags, listed_alarms
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::CloudWatch::CompositeAlarm",
    title="Composite alarm",
    plural="Composite alarms",
    service="cloudwatch",
    family=Family.SECURITY,
    actions=("cloudwatch:DescribeAlarms", "tag:GetResources"),
    columns=(
        Column("AlarmRule", "Rule"),
        Column("ActionsEnabled", "Actions on"),
        Column("AlarmActions", "Actions"),
        Column("observed.StateValue", "State"),
    ),
    relations=(Relation("AlarmActions", "AWS::SNS::Topic"),),
    ignored=(
        "ActionsSuppressedBy",
        "ActionsSuppressedReason",
        "AlarmConfigurationUpdatedTimestamp",
        "StateReason",
        "StateReasonData",
        "StateTransitionedTimestamp",
        "StateUpdatedTimestamp",
    ),
    observed=("StateValue",),
    unordered=("AlarmActions", "InsufficientDataActions", "OKActions"),
)
def composite_alarms(ask: Ask) -> Iterator[Resource]:
    """A composite alarm combines others by a rule, so that many of them make one call."""
    found = list(listed_alarms(ask, "CompositeAlarms"))
    tags: dict[str, Any] | Unknown = alarm_tags(ask) if found else {}
    for raw in found:
        own = tags if isinstance(tags, Unknown) else tags.get(raw["AlarmArn"])
        yield ask.resource(raw, arn=raw["AlarmArn"], name=raw["AlarmName"], tags=own)
