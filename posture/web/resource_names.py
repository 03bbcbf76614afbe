"""Readable names of resources: type and region in place of an opaque id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture.collectors import all_collectors
from posture.core.resource import GLOBAL

if TYPE_CHECKING:
    from posture.history.query import FindingRecord, ResourceRecord

HEX_ID = re.compile(r"[0-9a-f]{32}")
"""An id such as a GuardDuty detector's, of which a region has one."""
UUID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
"""An id such as a KMS key's; its first eight digits distinguish the keys of a region."""


def readable_name(name: str, arn: str, resource_type: str, region: str) -> str:
    """Return a readable name, such as "GuardDuty detector in eu-west-1"."""
    if not name:
        return arn
    uuid = UUID.fullmatch(name)
    if not uuid and not HEX_ID.fullmatch(name):
        return name
    collector = all_collectors().get(resource_type)
    title = collector.title if collector else resource_type
    noun = f"{title} {uuid[1]}" if uuid else title
    return noun if region in {"", GLOBAL} else f"{noun} in {region}"


def name_of(record: ResourceRecord) -> str:
    """Return the readable name of a resource."""
    return readable_name(record.name, record.arn, record.type, record.region)


def name_in(finding: FindingRecord) -> str:
    """Return the readable name of a finding's resource."""
    return readable_name(finding.resource_name, finding.resource_arn, finding.resource_type, finding.region)
