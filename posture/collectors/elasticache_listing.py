"""Listing of ElastiCache nodes for several collectors. Declares no collector."""

from __future__ import annotations

from functools import partial
from typing import Any

from posture.core.collector import Ask

DESCRIBE_CLUSTERS = "elasticache:DescribeCacheClusters"
LIST_TAGS = "elasticache:ListTagsForResource"

CLUSTERS: dict[str, Any] = {
    "service": "elasticache",
    "operation": "describe_cache_clusters",
    "key": "CacheClusters",
    "MaxRecords": 100,
}
"""How clusters are listed; a replication group has at least one, so where there are none, there are no groups."""

_GONE = ("CacheClusterNotFound", "ReplicationGroupNotFoundFault", "InvalidARN")


def tags_of(ask: Ask, arns: list[str]) -> list[Any]:
    """Return the tags of clusters or groups, in order; `Unknown` where refused."""
    get = partial(ask.field, "elasticache", "list_tags_for_resource", "TagList", absent=_GONE)
    return ask.each(lambda arn: get(ResourceName=arn), arns)
