"""The ways by which others reach a data store, read off the findings that say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.core.evidence import Part, part_of
from posture.history.query import FindingRecord

SHARED_OUTSIDE, CLASSIFIED = "_not_shared_outside", "_classified"
"""How the ids of checks end that judge sharing with other accounts, and whether a classification is known."""


class Way(StrEnum):
    """What lets others in."""

    POLICY = "policy"
    ACL = "acl"
    SNAPSHOT = "snapshot"
    ADDRESS = "address"
    SHARED = "shared"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class WayWords:
    """What a way is called, and whom it lets in."""

    name: str
    who: str


WORDS = {
    Way.POLICY: WayWords("Public policy", "anyone, or any AWS account"),
    Way.ACL: WayWords("Public ACL", "anyone on the internet"),
    Way.SNAPSHOT: WayWords("Public snapshot", "any AWS account may copy it"),
    Way.ADDRESS: WayWords("Public address", "anyone its security groups let in"),
    Way.SHARED: WayWords("Shared outside", "named foreign accounts"),
    Way.OTHER: WayWords("Another way", "see the finding"),
}


def store_types() -> frozenset[str]:
    """Return the types that hold customers' data."""
    return frozenset(kind for kind, one in all_collectors().items() if one.data_store)


def opening_checks() -> frozenset[str]:
    """Return the ids of the checks on stores whose failing lets anyone in."""
    stores = store_types()
    return frozenset(one.id for one in all_checks().values() if one.exposes and one.resource_type in stores)


def sharing_checks() -> frozenset[str]:
    """Return the ids of the checks on stores whose failing lets accounts outside the organization in."""
    return _checks_ending(SHARED_OUTSIDE)


def classification_checks() -> frozenset[str]:
    """Return the ids of the checks that say whether a store's classification is known."""
    return _checks_ending(CLASSIFIED)


def _checks_ending(end: str) -> frozenset[str]:
    stores = store_types()
    return frozenset(one.id for one in all_checks().values() if one.id.endswith(end) and one.resource_type in stores)


def ways_of(finding: FindingRecord) -> list[Way]:
    """Return the ways that a finding says are open, each once."""
    found = list(dict.fromkeys(_ways(finding)))
    return found or [Way.OTHER]


def _ways(finding: FindingRecord) -> Iterator[Way]:
    check = finding.check_id
    if check.endswith(SHARED_OUTSIDE):
        yield Way.SHARED
        return
    if check.endswith("snapshot_not_public"):
        yield Way.SNAPSHOT
        return
    for path in finding.evidence:
        part, inner = part_of(path)
        if part is not Part.CONFIG:
            continue
        root = inner.partition(".")[0].partition("[")[0]
        if root == "PubliclyAccessible":
            yield Way.ADDRESS
        elif root == "Acl":
            yield Way.ACL
        elif "Policy" in root:
            yield Way.POLICY
