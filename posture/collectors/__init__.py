"""One file per resource type: what to ask AWS, in boto3's names, and nothing else."""

from __future__ import annotations

from functools import cache

from posture.core.collector import Collector
from posture.core.registry import declared


@cache
def all_collectors() -> dict[str, Collector]:
    """Return every collector by its resource type."""
    return declared(__name__, Collector, "resource_type")
