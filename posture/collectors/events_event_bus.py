"""EventBridge event buses with their policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_LIST = "events:ListEventBuses"
DETAILS = ("KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")


@collector(
    resource_type="AWS::Events::EventBus",
    title="Event bus",
    plural="Event buses",
    service="events",
    family=Family.DATA,
    actions=(_LIST, "events:DescribeEventBus", "events:ListTagsForResource"),
    columns=(
        Column("Name", "Name"),
        Column("Policy.Statement.Principal.AWS", "Policy names"),
        Column("KmsKeyIdentifier", "KMS key"),
        Column("LogConfig.Level", "Logs"),
    ),
    relations=(Relation("KmsKeyIdentifier", "AWS::KMS::Key"),),
    ignored=("LastModifiedTime",),
)
def event_buses(ask: Ask) -> Iterator[Resource]:
    """A bus takes events and starts what its rules say; its policy decides who may put them there.

    Each region has a default bus: without a policy it is as AWS made it, and is left out.
    """
    for each in ask.each(partial(_bus, ask), ask.pages("events", "list_event_buses", "EventBuses")):
        if each is not None:
            yield each


def _bus(ask: Ask, raw: Mapping[str, Any]) -> Resource | None:
    name, policy = raw["Name"], raw.get("Policy") or None
    if name == "default" and policy is None:
        return None
    gone = ("ResourceNotFoundException",)
    found = ask.together(
        {
            "details": partial(ask.call, "events", "describe_event_bus", absent=gone, Name=name),
            "tags": partial(ask.field, "events", "list_tags_for_resource", "Tags", absent=gone, ResourceARN=raw["Arn"]),
        }
    )
    details = found["details"]
    read = {key: details if isinstance(details, Unknown) else (details or {}).get(key) for key in DETAILS}
    return ask.resource(
        {**raw, **read, "Policy": document(policy, _LIST)}, arn=raw["Arn"], name=name, tags=found["tags"]
    )
