"""The listing that both kinds of CloudWatch alarms share. Declares no collector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask
from posture.core.values import Unknown

KINDS = ["MetricAlarm", "CompositeAlarm"]


def listed_alarms(ask: Ask, key: str) -> Iterator[dict[str, Any]]:
    """Yield alarms of one kind; both are in each answer, which is asked for once."""
    yield from ask.pages("cloudwatch", "describe_alarms", key, AlarmTypes=KINDS, MaxRecords=100)


def alarm_tags(ask: Ask) -> dict[str, Any] | Unknown:
    """Return the tags of all alarms by ARN, at once."""
    tagged = ask.listing(
        "resourcegroupstaggingapi",
        "get_resources",
        "ResourceTagMappingList",
        ResourceTypeFilters=["cloudwatch:alarm"],
        ResourcesPerPage=100,
    )
    if isinstance(tagged, Unknown):
        return tagged
    return {mapping["ResourceARN"]: mapping["Tags"] for mapping in tagged or ()}
