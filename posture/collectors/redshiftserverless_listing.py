"""Listing of Redshift Serverless for its collectors. Declares no collector."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from posture.core.collector import Ask

SERVICE = "redshift-serverless"
LIST_NAMESPACES = "redshift-serverless:ListNamespaces"
LIST_TAGS = "redshift-serverless:ListTagsForResource"

NAMESPACES: dict[str, Any] = {
    "service": SERVICE,
    "operation": "list_namespaces",
    "key": "namespaces",
    "maxResults": 100,
}
"""How namespaces are listed; a workgroup has one, so where there are none, there are no workgroups."""


def tags_of(ask: Ask, arns: Sequence[str]) -> list[Any]:
    """Return the tags of namespaces or workgroups, in order; `Unknown` where refused."""
    get = partial(ask.field, SERVICE, "list_tags_for_resource", "tags", absent=("ResourceNotFoundException",))
    return ask.each(lambda arn: get(resourceArn=arn), arns)
