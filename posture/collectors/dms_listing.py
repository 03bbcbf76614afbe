"""Listings of the Database Migration Service. Declares no collector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from posture.core.collector import Ask


def replication_instances(ask: Ask) -> Iterator[dict[str, Any]]:
    """Yield all replication instances; without any, nothing runs a task."""
    yield from ask.pages("dms", "describe_replication_instances", "ReplicationInstances", MaxRecords=100)


def tags_of(ask: Ask, arns: Sequence[str]) -> list[Any]:
    """Return the tags of each resource, in order; `Unknown` where refused."""
    return ask.each(partial(_tags, ask), arns)


def _tags(ask: Ask, arn: str) -> Any:
    return ask.field("dms", "list_tags_for_resource", "TagList", absent=("ResourceNotFoundFault",), ResourceArn=arn)
