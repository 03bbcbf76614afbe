"""What exposes a data store, by its findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.core.evidence import Part, part_of
from posture.history.query import FindingRecord

SHARED_OUTSIDE, CLASSIFIED = "_not_shared_outside", "_classified"
"""Suffixes of checks of sharing with other accounts, and of known classification."""


class DataExposure(StrEnum):
    """What makes a store accessible to others."""

    POLICY = "policy"
    ACL = "acl"
    SNAPSHOT = "snapshot"
    ADDRESS = "address"
    SHARED = "shared"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ExposureWords:
    """The name of an exposure, and who has access."""

    name: str
    who: str


EXPOSURE_WORDS = {
    DataExposure.POLICY: ExposureWords("Public policy", "anyone, or any AWS account"),
    DataExposure.ACL: ExposureWords("Public ACL", "anyone on the internet"),
    DataExposure.SNAPSHOT: ExposureWords("Public snapshot", "any AWS account may copy it"),
    DataExposure.ADDRESS: ExposureWords("Public address", "anyone its security groups allow"),
    DataExposure.SHARED: ExposureWords("Shared outside", "named foreign accounts"),
    DataExposure.OTHER: ExposureWords("Other exposure", "see the finding"),
}


def store_types() -> frozenset[str]:
    """Return the types that store customers' data."""
    return frozenset(kind for kind, one in all_collectors().items() if one.data_store)


def opening_checks() -> frozenset[str]:
    """Return the ids of checks on stores that fail for public access."""
    stores = store_types()
    return frozenset(one.id for one in all_checks().values() if one.exposes and one.resource_type in stores)


def sharing_checks() -> frozenset[str]:
    """Return the ids of checks on stores that fail for access by foreign accounts."""
    return _checks_ending(SHARED_OUTSIDE)


def classification_checks() -> frozenset[str]:
    """Return the ids of checks of whether a store is classified."""
    return _checks_ending(CLASSIFIED)


def _checks_ending(end: str) -> frozenset[str]:
    stores = store_types()
    return frozenset(one.id for one in all_checks().values() if one.id.endswith(end) and one.resource_type in stores)


def exposures_of(finding: FindingRecord) -> list[DataExposure]:
    """Return the exposures that a finding reports, each once."""
    found = list(dict.fromkeys(_exposures(finding)))
    return found or [DataExposure.OTHER]


def _exposures(finding: FindingRecord) -> Iterator[DataExposure]:
    check = finding.check_id
    if check.endswith(SHARED_OUTSIDE):
        yield DataExposure.SHARED
        return
    if check.endswith("snapshot_not_public"):
        yield DataExposure.SNAPSHOT
        return
    for path in finding.evidence:
        part, inner = part_of(path)
        if part is not Part.CONFIG:
            continue
        root = inner.partition(".")[0].partition("[")[0]
        if root == "PubliclyAccessible":
            yield DataExposure.ADDRESS
        elif root == "Acl":
            yield DataExposure.ACL
        elif "Policy" in root:
            yield DataExposure.POLICY
