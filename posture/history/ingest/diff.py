"""Compares a sweep result with what the store holds of the account.

Nothing inside a gap is ever taken as gone, and what a complete listing lacks is gone only at the second miss, or when
a read by id confirmed it: pagination is no snapshot.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from posture.checks import all_checks
from posture.core.check import Check
from posture.core.gap import Gap
from posture.core.kubernetes import is_uploaded
from posture.core.sweep import AccountResult
from posture.history.ingest import stored_state
from posture.history.ingest.check_registry import PerRegistry
from posture.history.ingest.stored_state import (
    Fate,
    FindingDigests,
    KnownResource,
    ResourceContent,
    StateFingerprint,
    load_contents,
)
from posture.history.ingest.swept_state import Fingerprint, SweptResource, SweptState, Uid

DELETED, FOLDED = "deleted", "folded"
"""Close reasons of the last version of a resource that is gone, or that a population now contains."""
_CLOSE_REASONS = {Fate.GONE: DELETED, Fate.FOLDED: FOLDED}


@dataclass
class Diff:
    """What the store held of an account's resources, and what a result changes in it."""

    known: dict[Uid, KnownResource]
    """Resources that the store holds as present; without the `unchanged` ones where the result `is_compared`."""
    swept: dict[Uid, SweptResource]
    """Resources of the result; without the `unchanged` ones."""
    unchanged: dict[Fingerprint, int] = field(default_factory=dict)
    """Ids of resources whose fingerprint is that of the last result: no row of them was read."""
    ids: dict[Uid, int] = field(default_factory=dict)
    """Ids of the `swept` that were ever known; `resources.write` adds those of new ones."""
    finding_digests: FindingDigests = field(default_factory=dict)
    """Digests of findings before the result; empty unless it `is_compared`."""
    is_compared: bool = False
    """The account's fingerprint was valid; else all rows were read, and nothing is `unchanged`."""
    stable_checks: AbstractSet[str] | None = None
    """Ids of checks whose outcomes on unchanged resources hold; None where everything is judged and counted."""
    contents: Mapping[int, ResourceContent] = field(default_factory=dict)
    """Content before the result, by id, of what changes; empty unless it `is_incremental`."""

    def __post_init__(self) -> None:
        self.unsettled = [each for each in self.known.values() if each.is_unsettled]
        self.retained = [each for each in self.unsettled if each.is_present and each.fate is not Fate.SEEN]
        """Resources that are taken to be there still although they were not seen."""

    @property
    def is_incremental(self) -> bool:
        """Return True if only changes have to be judged and counted."""
        return self.stable_checks is not None

    @property
    def new(self) -> list[SweptResource]:
        """Resources that were not present before: seen for the first time, or back again."""
        return [each for uid, each in self.swept.items() if uid not in self.known]

    @property
    def changed(self) -> list[SweptResource]:
        """Resources that get a new version."""
        return [self.swept[uid] for uid, each in self.known.items() if self._is_other(uid, each)]

    def _is_other(self, uid: Uid, each: KnownResource) -> bool:
        return uid in self.swept and self.swept[uid].hash != each.hash

    @property
    def added_ids(self) -> set[int]:
        """Ids of the `new`."""
        return {self.ids[each.uid] for each in self.new}

    @property
    def removed(self) -> dict[int, str]:
        """Close reasons of resources that are present no more, by id."""
        return {each.id: _CLOSE_REASONS[each.fate] for each in self.unsettled if not each.is_present}

    @property
    def regained_ids(self) -> set[int]:
        """Ids of resources that are visible again."""
        return {each.id for each in self.unsettled if each.fate is Fate.SEEN and each.unseen_since}

    @property
    def folded(self) -> list[KnownResource]:
        """Resources that a population contains from now on."""
        return [each for each in self.unsettled if each.fate is Fate.FOLDED]

    def ids_by_fingerprint(self) -> dict[Fingerprint, int]:
        """Return the ids of everything in the result."""
        return self.unchanged | {self.swept[uid].fingerprint: number for uid, number in self.ids.items()}

    def fates(self) -> dict[int, Fate]:
        """Return the fates of all resources that are not unchanged, by id."""
        return {each.id: each.fate for each in self.unsettled} | dict.fromkeys(self.ids.values(), Fate.SEEN)

    def keep_stable(self, account_id: str, checks: AbstractSet[str]) -> None:
        """Make the diff incremental: outcomes of these checks on unchanged resources hold."""
        self.stable_checks = checks
        moving = {uid: self.known[uid] for uid in self.swept if uid in self.known}
        moving |= {each.uid: each for each in self.unsettled}
        self.contents = load_contents(account_id, [*moving.values()])


def compare(account_pk: int, packed: bytes, last_digest: bytes, swept: SweptState) -> Diff:
    """Compare a result with the packed fingerprint of the last result.

    `last_digest` is the digest of that.

    Reads the rows of what changed, and all rows where the fingerprint is of no use.
    """
    before = StateFingerprint.unpack(packed, last_digest)
    if before is None:
        return compare_all(account_pk, swept)
    now = swept.by_fingerprint
    unchanged = {key: number for key, number in before.ids.items() if key in now}
    details = swept.details(now.keys() - unchanged.keys())
    rest = [*before.other_ids, *(number for key, number in before.ids.items() if key not in now)]
    known, ids = stored_state.load_resources(account_pk, rest, details)
    if len(known) != len(rest):
        return compare_all(account_pk, swept)
    decide_fates(known, swept, details)
    ids = {uid: each.id for uid, each in known.items() if uid in details} | {
        uid: number for uid, number in ids.items() if uid not in known
    }
    return Diff(known, details, unchanged, ids, before.findings, is_compared=True)


def compare_all(account_pk: int, swept: SweptState) -> Diff:
    """Compare a result with all rows.

    It is needed after a change of rules, by which resources may be classified differently.
    """
    (known, _), details = stored_state.load_resources(account_pk), swept.details(swept.by_fingerprint)
    decide_fates(known, swept, details)
    fresh = [uid for uid in details if uid not in known]
    ids = {uid: each.id for uid, each in known.items() if uid in details}
    return Diff(known, details, ids=ids | stored_state.load_ids(account_pk, fresh))


def decide_fates(known: Mapping[Uid, KnownResource], swept: SweptState, seen: Container[Uid]) -> None:
    """Set the fate of every known resource; `seen` are the uids in the result."""
    blinding = [gap for gap in swept.result.gaps if gap.reason.blinds]
    for uid, each in known.items():
        if uid in seen:
            each.fate = Fate.SEEN
        elif (each.type, each.arn) in swept.population_of:
            each.fate = Fate.FOLDED
        else:
            each.fate = _fate_of_absent(each, swept.result, blinding)


def _fate_of_absent(each: KnownResource, result: AccountResult, blinding: Sequence[Gap]) -> Fate:
    if is_uploaded(each.arn) or result.source:
        # No listing that could miss something: an upload has all that there is of its source.
        return Fate.GONE if result.asked(each.region, each.type, each.arn) else Fate.UNASKED
    if any(_hides(gap, each, result) for gap in blinding):
        return Fate.BLIND
    if not result.asked(each.region, each.type):
        return Fate.UNASKED
    if each.missed_at is not None or each.arn in result.confirmed_gone:
        return Fate.GONE
    return Fate.MISSED


def _hides(gap: Gap, each: KnownResource, result: AccountResult) -> bool:
    """Return True if a gap covers a resource.

    A type that is listed once is hidden in every region.
    """
    return gap.covers(each.region, each.type, each.arn) or (gap.resource_type == each.type in result.global_types)


def find_stable_checks(
    diff: Diff, swept: SweptState, *, has_same_gaps: bool, outcomes_hold: bool
) -> AbstractSet[str] | None:
    """Return the checks whose outcomes on unchanged resources hold.

    None where a gap hides some resource or it was not asked about: blind account-regions change counts by themselves.
    `has_same_gaps` says that the result has the gaps of the last one, which some checks read; `outcomes_hold`, that no
    outcome changes by time alone.
    """
    known = diff.known
    if not diff.is_compared or any(each.fate is Fate.BLIND or each.fate is Fate.UNASKED for each in known.values()):
        return None
    moved = {each.type for uid, each in known.items() if _is_observed_otherwise(each, diff.swept.get(uid))}
    moved |= {each.resource.type for uid, each in diff.swept.items() if _differs(known.get(uid), each)}
    unsteady = _unsteady.of(all_checks())
    kinds = {check.resource_type for check in unsteady}
    folded = {each.type for each in swept.populations.values() if each.type in kinds}
    folded |= {each.type for each in known.values() if each.members is not None}
    moving = {
        check.id
        for check in unsteady
        if check.resource_type in folded
        or not _is_stable(check, moved, has_same_gaps=has_same_gaps, outcomes_hold=outcomes_hold)
    }
    return all_checks().keys() - moving


_unsteady = PerRegistry(lambda checks: [check for check in checks.values() if check.judges_members])
"""Checks whose outcome on an unchanged resource may change."""


def _is_stable(check: Check, moved: AbstractSet[str], *, has_same_gaps: bool, outcomes_hold: bool) -> bool:
    """Return True if outcomes of a check on unchanged resources hold.

    `moved` are types of which some changed.
    """
    if check.reads_clock and not outcomes_hold:
        return False
    return not check.needs or (has_same_gaps and moved.isdisjoint(check.needs))


def _is_observed_otherwise(before: KnownResource, now: SweptResource | None) -> bool:
    return now is None or before.observed != now.observed


def _differs(before: KnownResource | None, now: SweptResource) -> bool:
    if before is None or before.unseen_since is not None or before.missed_at is not None:
        return True
    if before.region != now.resource.region:
        return True
    # Outcomes on a population name its members, which are observed fields.
    return before.hash != now.hash or (now.resource.is_population and before.observed != now.observed)
