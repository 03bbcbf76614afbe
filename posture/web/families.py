"""Which family a resource type belongs to."""

from __future__ import annotations

from posture.collectors import all_collectors
from posture.core.collector import Family


def family_of(resource_type: str) -> Family:
    """Return the family that a type's collector declares; OTHER without a collector."""
    collector = all_collectors().get(resource_type)
    return collector.family if collector else Family.OTHER
