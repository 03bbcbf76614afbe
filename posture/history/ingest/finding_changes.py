"""Decides what a result changes in findings: pure, without the database.

A finding is one check on one resource through all its episodes. What failed when last seen and is unknown now stays
failing, marked stale: lost visibility resolves nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from posture.checks import all_checks
from posture.core.outcome import Outcome, Severity, Status
from posture.core.resource import Resource
from posture.history.ingest.check_registry import Checks, PerRegistry
from posture.history.ingest.stored_state import Fate, FindingDigests, TextDigest

FindingKey = tuple[int, str]
"""Resource id and check id."""
FindingText = tuple[str, list[str]]
"""Reason and evidence of a finding."""

FOUND = "found"
"""Open reason of findings in an organization's first snapshot: when they began to fail is unknown."""


@dataclass(slots=True)
class OpenFinding:
    """An open finding, as stored."""

    id: int
    check_version: int
    status: Status
    severity: int
    stale_since: datetime | None
    text: FindingText | None = None
    """None where it was not read along."""
    is_repeated: bool = False
    """No row of it was read: its text is what it was."""


@dataclass(frozen=True, slots=True)
class ClosedFinding:
    """A finding that was open before and is not."""

    id: int
    fails: int
    """Episodes of failing so far."""
    first_opened_at: datetime


@dataclass(frozen=True, slots=True)
class StoredFindings:
    """Findings before a result: all open ones, or those that it may change."""

    open: dict[FindingKey, OpenFinding]
    closed: Mapping[FindingKey, ClosedFinding] | None = None
    """Those that may be reopened; None where they were not read along."""


@dataclass(slots=True)
class CheckedResource:
    """The outcome of one check on one resource of the result."""

    outcome: Outcome
    version: int
    severity: Severity
    resource: Resource


@dataclass(slots=True)
class FindingChanges:
    """What a result changes in the findings of an account."""

    opening: dict[FindingKey, str] = field(default_factory=dict)
    """Open reason, by key."""
    closing: dict[FindingKey, str] = field(default_factory=dict)
    """Close reason, by key."""
    staling: list[FindingKey] = field(default_factory=list)
    confirmed: list[FindingKey] = field(default_factory=list)
    """Seen again with the same status."""

    opened: int = 0
    """Failing episodes that begin; none in an organization's first snapshot, of which they began earlier."""
    resolved: int = 0
    """Failing episodes that end, for whatever reason."""


@dataclass(frozen=True, slots=True)
class FindingContext:
    """What decides, together with outcomes, why a finding opens or closes."""

    added: AbstractSet[int]
    regained: AbstractSet[int]
    fates: Mapping[int, Fate]
    versions: Mapping[str, int]
    """Version of each check that judged this account before."""
    parametrized: AbstractSet[str] = frozenset()
    """Checks that judge by another parameter than before."""
    folding: AbstractSet[int] = frozenset()
    """Populations that contain resources which were counted on their own before."""
    is_baseline: bool = False
    """The organization's history begins here: what fails was found, and did not open now."""


def plan(
    open_now: Mapping[FindingKey, OpenFinding],
    outcomes: Mapping[FindingKey, CheckedResource],
    context: FindingContext,
) -> FindingChanges:
    """Compare open findings with outcomes."""
    changes = FindingChanges()
    for key, checked in outcomes.items():
        _compare(changes, key, checked, open_now.get(key), context)
    checks = all_checks()
    for key in open_now:
        if key not in outcomes:
            _compare_absent(changes, key, context, checks)
    if not context.is_baseline:
        changes.opened = sum(outcomes[key].outcome.status is Status.FAIL for key in changes.opening)
    changes.resolved = sum(open_now[key].status is Status.FAIL for key in changes.closing)
    return changes


def _compare(
    changes: FindingChanges,
    key: FindingKey,
    checked: CheckedResource,
    finding: OpenFinding | None,
    context: FindingContext,
) -> None:
    status = checked.outcome.status
    if finding is None:
        if status is Status.FAIL or status is Status.UNKNOWN:
            changes.opening[key] = _open_reason(key, checked, context)
    elif status is finding.status:
        changes.confirmed.append(key)
    elif status is Status.UNKNOWN:
        changes.staling.append(key)
    else:
        changes.closing[key] = _close_reason(key, checked, finding, context)
        if status is Status.FAIL:
            changes.opening[key] = "sight"


def _close_reason(key: FindingKey, checked: CheckedResource, finding: OpenFinding, context: FindingContext) -> str:
    """Return why a finding closes on a resource that was seen and judged."""
    if checked.version != finding.check_version:
        return "rule"
    if finding.status is Status.UNKNOWN:
        return "determined"
    if key[1] in context.parametrized:
        return "parameter"
    return "scope" if checked.outcome.status is Status.NOT_APPLICABLE else "changed"


def _open_reason(key: FindingKey, checked: CheckedResource, context: FindingContext) -> str:
    resource, check_id = key
    if context.is_baseline:
        return FOUND
    if resource in context.folding:
        return "folded"
    if resource in context.added:
        return "new"
    if context.versions.get(check_id) != checked.version:
        return "rule"
    if checked.outcome.status is Status.UNKNOWN or resource in context.regained:
        return "sight"
    return "parameter" if check_id in context.parametrized else "changed"


def _compare_absent(changes: FindingChanges, key: FindingKey, context: FindingContext, checks: Container[str]) -> None:
    """Decide on an open finding without an outcome."""
    fate = context.fates.get(key[0], Fate.GONE)
    if fate is Fate.GONE:
        changes.closing[key] = "deleted"
    elif fate is Fate.FOLDED:
        changes.closing[key] = "folded"
    elif fate is Fate.BLIND or fate is Fate.MISSED:
        changes.staling.append(key)
    elif fate is Fate.SEEN and key[1] not in checks:
        changes.closing[key] = "rule"


# Digests of findings. A check that reads related resources or the clock judges everything again once one of them
# changed, and nearly always with the same outcome: then the digest spares the row of the finding.

UNREAD: TextDigest = 0
"""Digest of a finding whose row must be read: it is stale, or had no outcome."""
_CHECK_BITS = 16
_OPENS = frozenset({Status.FAIL, Status.UNKNOWN})


def split_repeated(
    digests: FindingDigests, outcomes: Mapping[FindingKey, CheckedResource], full: Container[int]
) -> tuple[dict[FindingKey, OpenFinding], list[FindingKey]]:
    """Return the findings with a repeated outcome, and the keys of rows to read.

    Findings on `full` resources are left out: all their rows are read.
    """
    positions, repeated, unclear = _positions.of(all_checks()), dict[FindingKey, OpenFinding](), list[FindingKey]()
    for key, checked in outcomes.items():
        if key[0] in full:
            continue
        if key[1] not in positions:
            unclear.append(key)
            continue
        known, opens = digests.get(_digest_key(key, positions)), checked.outcome.status in _OPENS
        if known is not None and opens and known[0] == _digest_text(checked.outcome):
            repeated[key] = OpenFinding(
                known[1], checked.version, checked.outcome.status, int(checked.severity), None, is_repeated=True
            )
        elif known is not None or opens:
            unclear.append(key)
    return repeated, unclear


def update_digests(
    before: FindingDigests,
    changes: FindingChanges,
    open_now: Mapping[FindingKey, OpenFinding],
    outcomes: Mapping[FindingKey, CheckedResource],
) -> FindingDigests:
    """Return the digests after a result.

    They are those before, without what closed, and with what is open now.
    """
    positions, found = _positions.of(all_checks()), dict(before)
    judged = {*changes.confirmed, *changes.opening}
    for key in changes.closing:
        if key[1] in positions:
            found.pop(_digest_key(key, positions), None)
    for key, finding in open_now.items():
        if not finding.is_repeated and key[1] in positions:
            text = _digest_text(outcomes[key].outcome) if key in judged else UNREAD
            found[_digest_key(key, positions)] = (text, finding.id)
    return found


def _digest_key(key: FindingKey, positions: Mapping[str, int]) -> int:
    """Return a key as one number.

    Other checks have other positions, but then nothing is compared by digest.
    """
    return key[0] << _CHECK_BITS | positions[key[1]]


def _position_checks(checks: Checks) -> dict[str, int]:
    return {name: place for place, name in enumerate(sorted(n for n, check in checks.items() if check.judges_members))}


_positions = PerRegistry(_position_checks)
"""Positions of the checks that may judge unchanged resources again."""


def _digest_text(outcome: Outcome) -> TextDigest:
    """Return the digest of status and text.

    Under the same rules an equal one means an equal severity.
    """
    text = repr((outcome.status.value, outcome.reason, outcome.evidence))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True) or 1
