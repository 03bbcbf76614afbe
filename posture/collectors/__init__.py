"""One file per resource type: what to ask AWS, with boto3's names, and nothing about where it goes."""

from __future__ import annotations

from functools import cache

from posture.core.collector import Collector
from posture.core.registry import declared


@cache
def all_collectors() -> dict[str, Collector]:
    """Return every collector by its resource type."""
    return declared(__name__, Collector, "resource_type")
