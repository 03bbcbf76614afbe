"""Replication tasks of the Database Migration Service, with what they log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors.dms_listing import replication_instances, tags_of
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown

_DESCRIBE = "dms:DescribeReplicationTasks"


@collector(
    resource_type="AWS::DMS::ReplicationTask",
    title="DMS replication task",
    plural="DMS replication tasks",
    service="dms",
    family=Family.DATABASES,
    arn_names=("dms:task",),
    actions=("dms:DescribeReplicationInstances", _DESCRIBE, "dms:ListTagsForResource"),
    columns=(
        Column("MigrationType", "Type"),
        Column("Logging.EnableLogging", "Logs"),
        Column("observed.Status", "Status"),
    ),
    relations=(
        Relation("SourceEndpointArn", "AWS::DMS::Endpoint"),
        Relation("TargetEndpointArn", "AWS::DMS::Endpoint"),
        Relation("ReplicationInstanceArn", "AWS::DMS::ReplicationInstance"),
    ),
    # Rules may name values of columns.
    secret=("ReplicationTaskSettings", "TableMappings", "TaskData"),
    ignored=(
        "CdcStartPosition",
        "CdcStopPosition",
        "LastFailureMessage",
        "RecoveryCheckpoint",
        "ReplicationTaskStartDate",
        "ReplicationTaskStats",
        "StopReason",
    ),
    observed=("Status",),
    unordered=("Logging.LogComponents",),
)
def tasks(ask: Ask) -> Iterator[Resource]:
    """A task copies tables once, or goes on copying each change; its log is what shows that it left something out."""
    if next(iter(replication_instances(ask)), None) is None:
        return
    listed = list(ask.pages("dms", "describe_replication_tasks", "ReplicationTasks", MaxRecords=100))
    tags = tags_of(ask, [raw["ReplicationTaskArn"] for raw in listed])
    for raw, own in zip(listed, tags, strict=True):
        read = {**raw, "Logging": _logging(raw.get("ReplicationTaskSettings"))}
        yield ask.resource(read, arn=raw["ReplicationTaskArn"], name=raw["ReplicationTaskIdentifier"], tags=own)


def _logging(settings: str | None) -> Any:
    """Return what the settings say of logs; `Unknown` where they are no JSON."""
    try:
        found = json.loads(settings or "{}")
    except (ValueError, RecursionError):
        return Unknown(_DESCRIBE, "MalformedSettings", GapReason.BAD_ANSWER)
    logging = found.get("Logging") if isinstance(found, Mapping) else None
    if not isinstance(logging, Mapping):
        return None
    components = [
        {"Id": str(each.get("Id")), "Severity": str(each.get("Severity"))}
        for each in logging.get("LogComponents") or ()
        if isinstance(each, Mapping)
    ]
    return {"EnableLogging": logging.get("EnableLogging") is True, "LogComponents": components}
