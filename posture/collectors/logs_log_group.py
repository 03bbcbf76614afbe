"""CloudWatch log groups. The events in them are never read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::Logs::LogGroup",
    title="Log group",
    plural="Log groups",
    service="logs",
    family=Family.SECURITY,
    actions=("logs:DescribeLogGroups", "tag:GetResources"),
    columns=(
        Column("retentionInDays", "Kept (days)"),
        Column("kmsKeyId", "KMS key"),
        Column("logGroupClass", "Class"),
        Column("dataProtectionStatus", "Data protection"),
        Column("observed.storedBytes", "Bytes"),
    ),
    relations=(Relation("kmsKeyId", "AWS::KMS::Key"),),
    # The filters are resources of their own.
    ignored=("arn", "metricFilterCount"),
    observed=("storedBytes",),
    unordered=("inheritedProperties",),
)
def log_groups(ask: Ask) -> Iterator[Resource]:
    """A log group decides how long its events are kept, and whose key encrypts them."""
    listed = list(ask.pages("logs", "describe_log_groups", "logGroups", limit=50))
    tags = _tags(ask) if listed else {}
    for raw in listed:
        # AWS's older field ends in ":*", which names the streams.
        arn = ask.arn("logs", f"log-group:{raw['logGroupName']}")
        own = tags if isinstance(tags, Unknown) else tags.get(arn)
        yield ask.resource(
            {"retentionInDays": None, "kmsKeyId": None, **raw}, arn=arn, name=raw["logGroupName"], tags=own
        )


def _tags(ask: Ask) -> dict[str, Any] | Unknown:
    """Return the tags of all log groups by ARN, at once."""
    tagged = ask.listing(
        "resourcegroupstaggingapi",
        "get_resources",
        "ResourceTagMappingList",
        ResourceTypeFilters=["logs:log-group"],
        ResourcesPerPage=100,
    )
    if isinstance(tagged, Unknown):
        return tagged
    return {mapping["ResourceARN"].removesuffix(":*"): mapping["Tags"] for mapping in tagged or ()}
