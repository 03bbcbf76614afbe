"""Listing of MemoryDB for its collectors. Declares no collector."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from posture.core.collector import Ask

DESCRIBE_CLUSTERS = "memorydb:DescribeClusters"
LIST_TAGS = "memorydb:ListTags"

CLUSTERS: dict[str, Any] = {
    "service": "memorydb",
    "operation": "describe_clusters",
    "key": "Clusters",
    "MaxResults": 100,
}
"""How clusters are listed; users without a cluster let in nobody."""


def tags_of(ask: Ask, arns: Sequence[str]) -> list[Any]:
    """Return the tags of clusters or users, in order; `Unknown` where refused."""
    gone = ("ClusterNotFoundFault", "UserNotFoundFault")
    get = partial(ask.field, "memorydb", "list_tags", "TagList", absent=gone)
    return ask.each(lambda arn: get(ResourceArn=arn), arns)
