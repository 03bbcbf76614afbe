"""Attributes a step of an account's score to causes.

It counts changed findings and new resources by cause.

The arithmetic is in `posture.core.attribution`; here is only which resource changed by which cause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from posture.checks import all_checks
from posture.core.attribution import Cause, Moves, Split, split
from posture.core.outcome import Outcome, Status
from posture.core.score import Tally
from posture.history.ingest.check_counts import CountsByCheck
from posture.history.ingest.finding_changes import CheckedResource, FindingChanges, FindingKey, OpenFinding

DELETED_REASONS = frozenset({"deleted", "scope"})
"""Close reasons by which nothing was fixed."""
RULE_REASONS = frozenset({"rule", "folded"})
"""Close reasons by which no resource changed: another rule, or a group that judges its members as one."""


@dataclass(frozen=True, slots=True)
class ScoreEvents:
    """What a result changed in an account's findings and resources."""

    changes: FindingChanges
    outcomes: Mapping[FindingKey, CheckedResource]
    open_before: Mapping[FindingKey, OpenFinding]
    open_after: Mapping[FindingKey, OpenFinding]
    added: AbstractSet[int]
    """Resources that are present for the first time, or again."""
    was_set_aside: AbstractSet[int]
    """Findings that were set aside up to this result; one whose acceptance ends with it never counted as failing."""
    set_aside: AbstractSet[int]
    """Findings that are set aside from this result on."""
    parametrized: AbstractSet[str] = frozenset()
    """Checks that judge by another parameter than before."""
    folded: AbstractSet[str] = frozenset()
    """Checks of types of which a population contains some resources from now on."""


def split_step(before: CountsByCheck, after: CountsByCheck, changed: Collection[str], events: ScoreEvents) -> Split:
    """Return by how much each cause moved the account's score.

    `changed` are the checks with other counts.
    """
    moves = _moves(events)
    tallies = [{check_id: tally for check_id, (tally, _) in counts.items()} for counts in (before, after)]
    causes = dict.fromkeys(events.parametrized, Cause.PARAMETER) | find_rule_changes(before, after, changed, moves)
    causes |= dict.fromkeys(events.folded, Cause.RULE)
    return split(tallies[0], tallies[1], moves, causes, changed)


def find_rule_changes(
    before: CountsByCheck, after: CountsByCheck, changed: Collection[str], moves: Mapping[str, Moves]
) -> dict[str, Cause]:
    """Return the checks that judge by another rule, or are new or dropped."""
    found = {
        check_id
        for check_id in changed
        if check_id in before and check_id in after and _by_another_rule(*before[check_id], *after[check_id])
    }
    # A check without a resource of its type left is not dropped itself.
    found |= before.keys() - all_checks().keys()
    found |= {
        check_id
        for check_id in after.keys() - before.keys()
        if _has_old(after[check_id][0], moves.get(check_id, Moves()))
    }
    return dict.fromkeys(found, Cause.RULE)


def _by_another_rule(old: Tally, old_version: int, new: Tally, version: int) -> bool:
    return old_version != version or old.severity != new.severity


def _has_old(tally: Tally, moves: Moves) -> bool:
    """Return True if a check without counts judged anything that was present."""
    return tally.passed + tally.failing + tally.unknown > moves.new_passing + moves.new_failing


def _moves(events: ScoreEvents) -> dict[str, Moves]:
    found: dict[str, Moves] = defaultdict(Moves)
    for key, reason in events.changes.closing.items():
        finding = events.open_before[key]
        if finding.status is Status.FAIL:
            _closed(found[key[1]], reason, is_aside=finding.id in events.was_set_aside)
    for key, reason in events.changes.opening.items():
        if events.outcomes[key].outcome.status is Status.FAIL:
            _opened(found[key[1]], reason, is_aside=events.open_after[key].id in events.set_aside)
    if events.added:
        for (resource, check_id), checked in events.outcomes.items():
            if resource in events.added and _counts_as_passing(checked.outcome):
                found[check_id].new_passing += 1
    return found


def _counts_as_passing(outcome: Outcome) -> bool:
    """Return True if a new resource passes or is unknown.

    The latter counts as passing, and then as losing visibility.
    """
    return outcome.status is Status.PASS or (outcome.status is Status.UNKNOWN and outcome.moves_score)


def _closed(moves: Moves, reason: str, *, is_aside: bool) -> None:
    if reason == "changed":
        if is_aside:
            moves.aside += 1
        else:
            moves.fixed += 1
    elif reason in DELETED_REASONS and not is_aside:
        moves.gone_failing += 1
    elif reason in RULE_REASONS:
        if is_aside:
            moves.ruled_aside += 1
        else:
            moves.ruled += 1
    elif reason == "parameter":
        if is_aside:
            moves.reset_aside += 1
        else:
            moves.reset += 1


def _opened(moves: Moves, reason: str, *, is_aside: bool) -> None:
    if reason == "changed":
        if is_aside:
            moves.aside -= 1
        else:
            moves.regressed += 1
    elif reason == "sight":
        if is_aside:
            moves.aside -= 1
        else:
            moves.seen_failing += 1
    elif reason == "new" and not is_aside:
        moves.new_failing += 1
