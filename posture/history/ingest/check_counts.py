"""Counts resources by the outcome of each check: pure, without the database.

Resources that were seen count by their outcome. For unseen ones, and those not asked about, the last known
configuration is judged for one thing alone: whether the check applies to them. Findings say what of them fails; what is
unseen does not pass.

Where the diff is incremental, the counts of stable checks are updated by the resources that changed; all other checks
are counted from the first resource on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from posture.checks import all_checks, checks_of
from posture.core.check import Check
from posture.core.clock import Clock
from posture.core.gap import ANY, Gap
from posture.core.outcome import Outcome, Status
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.score import Tally
from posture.history.ingest.diff import Diff
from posture.history.ingest.finding_changes import CheckedResource, FindingKey, OpenFinding
from posture.history.ingest.stored_state import Fate, KnownResource, load_contents
from posture.history.ingest.swept_state import SweptState

COUNTS = ("passed", "failed", "unknown", "stale", "accepted", "not_applicable", "gap_units")
assert Tally._fields[2:] == COUNTS  # noqa: S101 - at import
CountsByCheck = Mapping[str, tuple[Tally, int]]
"""Counts by check, each with the version of the check that judged."""
_NO_NEIGHBOURS = Neighbourhood((), ())


@dataclass(frozen=True, slots=True)
class CountInput:
    """What counting reads."""

    swept: SweptState
    diff: Diff
    outcomes: Mapping[FindingKey, CheckedResource]
    open_before: Mapping[FindingKey, OpenFinding]
    open_now: Mapping[FindingKey, OpenFinding]
    set_aside: AbstractSet[int]
    """Ids of findings that people accepted or called false positives."""
    last_at: datetime | None
    """Date of the last result."""
    at: datetime
    open_gaps: Sequence[Gap]
    """Gaps that are open after the result."""


@dataclass(slots=True)
class CountedResource:
    """One resource under one check, and the count that it belongs to."""

    check_id: str
    region: str
    outcome: Outcome | None
    """None for what was not seen."""
    finding: OpenFinding | None
    is_accepted: bool
    is_unseen: bool = False
    applies: bool = True
    """Whether the check applies to the last known configuration; of what was not seen."""

    @property
    def count(self) -> str:
        """The field of `Tally` that counts it."""
        status = self.finding.status if self.finding else None
        if status is Status.FAIL:
            return (
                "accepted" if self.is_accepted else "stale" if self.finding and self.finding.stale_since else "failed"
            )
        if status is Status.UNKNOWN:
            return "unknown" if self.outcome is None or self.outcome.moves_score else "not_applicable"
        if self.outcome is not None:
            return "passed" if self.outcome.status is Status.PASS else "not_applicable"
        if not self.applies:
            return "not_applicable"
        return "unknown" if self.is_unseen else "passed"


def count(inputs: CountInput, before: CountsByCheck) -> list[Tally]:
    """Return the counts of each check after a result, sorted by check."""
    stable = inputs.diff.stable_checks
    if stable is None:
        return _count_checks(inputs, all_checks().keys())
    found = _update(inputs, before, stable) + _count_checks(inputs, all_checks().keys() - stable)
    return sorted(found, key=lambda tally: tally.check_id)


def changed(before: CountsByCheck, after: CountsByCheck) -> list[str]:
    """Return the checks with other counts than before, sorted.

    New and dropped ones are included.
    """
    # Most are the same object, which need not be compared field by field.
    return sorted(
        check_id
        for check_id in before.keys() | after.keys()
        if (old := before.get(check_id)) is not (new := after.get(check_id)) and old != new
    )


def _counted(
    inputs: CountInput,
    findings: Mapping[FindingKey, OpenFinding],
    key: FindingKey,
    region: str,
    outcome: Outcome | None = None,
) -> CountedResource:
    finding = findings.get(key)
    return CountedResource(key[1], region, outcome, finding, finding is not None and finding.id in inputs.set_aside)


# Counting from the first resource on


def _count_checks(inputs: CountInput, chosen: AbstractSet[str]) -> list[Tally]:
    """Count all resources, and blind account-regions, under the chosen checks."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    regions: dict[str, set[str]] = defaultdict(set)
    for counted in _counted_resources(inputs, chosen):
        name = counted.count
        counts[counted.check_id][name] += 1
        if name != "not_applicable":
            regions[counted.check_id].add(counted.region)
    for check_id, units in _count_gap_units(inputs, regions).items():
        counts[check_id]["gap_units"] = units
    checks = all_checks()
    return [Tally(check_id, checks[check_id].severity, **numbers) for check_id, numbers in sorted(counts.items())]


def _counted_resources(inputs: CountInput, chosen: AbstractSet[str]) -> Iterator[CountedResource]:
    for key, checked in inputs.outcomes.items():
        if key[1] in chosen:
            yield _counted(inputs, inputs.open_now, key, checked.resource.region, checked.outcome)
    kinds = {check.resource_type for check in all_checks().values() if check.id in chosen}
    retained = [each for each in inputs.diff.retained if each.type in kinds]
    applies = _find_applying(inputs, retained, chosen)
    for each in retained:
        for check in checks_of(each.type):
            if check.id in chosen:
                counted = _counted(inputs, inputs.open_now, (each.id, check.id), each.region)
                counted.is_unseen, counted.applies = each.is_unseen, (each.id, check.id) in applies
                yield counted


def _find_applying(
    inputs: CountInput, retained: Sequence[KnownResource], chosen: AbstractSet[str]
) -> AbstractSet[FindingKey]:
    """Return which of the chosen checks apply to resources that were not seen."""
    contents = inputs.diff.contents
    unread = [each for each in retained if each.id not in contents]
    contents = {**contents, **load_contents(inputs.swept.result.account_id, unread)} if unread else contents
    last_known = {each.id: contents[each.id].last_known for each in retained}
    pairs = [(each.id, check) for each in retained for check in checks_of(each.type) if check.id in chosen]
    # Something is missed nearly every day, and few checks read related resources.
    reads_related = any("related" in check.takes for _, check in pairs)
    around = Neighbourhood([*inputs.swept.resources, *last_known.values()] if reads_related else (), [])
    with inputs.swept.judging():
        return {
            (number, check.id)
            for number, check in pairs
            if check.judge(last_known[number], around, inputs.swept.clock).status is not Status.NOT_APPLICABLE
        }


def _count_gap_units(inputs: CountInput, regions: Mapping[str, set[str]]) -> dict[str, int]:
    """Return the number of blind regions without a known resource, by check."""
    blind: dict[str, set[str]] = defaultdict(set)
    for gap in (gap for gap in inputs.open_gaps if gap.reason.moves_score):
        for check in _checks_behind(gap, inputs.swept):
            known = regions.get(check.id, set())
            if not known if gap.region == ANY else gap.region not in known:
                blind[check.id].add(gap.region)
    return {check_id: 1 if ANY in found else len(found) for check_id, found in blind.items()}


def _checks_behind(gap: Gap, swept: SweptState) -> Iterable[Check]:
    if gap.resource_type != ANY:
        return checks_of(gap.resource_type)
    return (check for check in all_checks().values() if check.resource_type in swept.result.swept_types)


# Updating counts by what changed


@dataclass(frozen=True, slots=True)
class ChangedResource:
    """A resource that is not as it was."""

    id: int
    type: str
    region: str
    known: KnownResource | None
    """As the store held it; None where it was not present."""


def _update(inputs: CountInput, before: CountsByCheck, stable: AbstractSet[str]) -> list[Tally]:
    """Return the counts of stable checks, updated by what changed.

    Changed resources are subtracted as they were, and added as they are.
    """
    checks, counts = all_checks(), dict[str, dict[str, int]]()
    with inputs.swept.judging():
        for each in _changed_resources(inputs.diff):
            for check in checks_of(each.type):
                if check.id in stable:
                    numbers = counts.setdefault(check.id, _numbers(before.get(check.id)))
                    for counted, step in ((_as_before(inputs, each, check), -1), (_as_now(inputs, each, check), 1)):
                        if counted is not None:
                            numbers[counted.count] += step
    same = [tally for check_id, (tally, _) in before.items() if check_id in stable and check_id not in counts]
    updated = [
        Tally(name, checks[name].severity, **numbers) for name, numbers in counts.items() if any(numbers.values())
    ]
    return same + updated


def _changed_resources(diff: Diff) -> Iterator[ChangedResource]:
    for uid, each in diff.swept.items():
        yield ChangedResource(diff.ids[uid], each.resource.type, each.resource.region, diff.known.get(uid))
    for uid, known in diff.known.items():
        if uid not in diff.swept and (known.fate is Fate.MISSED or not known.is_present):
            yield ChangedResource(known.id, known.type, known.region, known)


def _numbers(before: tuple[Tally, int] | None) -> dict[str, int]:
    return {name: getattr(before[0], name) if before else 0 for name in COUNTS}


def _as_before(inputs: CountInput, each: ChangedResource, check: Check) -> CountedResource | None:
    """Return how a resource was counted before the result.

    None where it was not present.
    """
    if each.known is None:
        return None
    content, then = inputs.diff.contents[each.known.id], inputs.last_at or inputs.at
    counted = _counted(inputs, inputs.open_before, (each.id, check.id), each.region)
    if each.known.unseen_since is None:
        counted.outcome = _judge(inputs, check, content.last_seen, then)
    else:
        counted.is_unseen, counted.applies = True, _applies(inputs, check, content.last_known, then)
    return counted


def _as_now(inputs: CountInput, each: ChangedResource, check: Check) -> CountedResource | None:
    """Return how a resource counts after the result; None where it is not present."""
    counted = _counted(inputs, inputs.open_now, (each.id, check.id), each.region)
    checked = inputs.outcomes.get((each.id, check.id))
    if checked is not None:
        counted.outcome = checked.outcome
        return counted
    if each.known is None or not each.known.is_present:
        return None
    content = inputs.diff.contents[each.known.id]
    counted.is_unseen = each.known.is_unseen
    counted.applies = _applies(inputs, check, content.last_known, inputs.at)
    return counted


def _applies(inputs: CountInput, check: Check, resource: Resource, at: datetime) -> bool:
    return _judge(inputs, check, resource, at).status is not Status.NOT_APPLICABLE


def _judge(inputs: CountInput, check: Check, resource: Resource, at: datetime) -> Outcome:
    """Judge a resource as it was before.

    What a stable check reads around it is the same before and now.
    """
    return check.judge(resource, inputs.swept.neighbourhood() if check.needs else _NO_NEIGHBOURS, Clock(at))
