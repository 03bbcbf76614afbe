"""Says why an account's score moved with a sweep: counts what is known of each finding and each new resource.

The arithmetic is `posture.core.bridge`; here is only which resource moved for which cause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from posture.checks import all_checks
from posture.core.bridge import Cause, Moves, Split, split
from posture.core.outcome import Outcome, Status
from posture.core.score import Tally
from posture.history.ingest.check_counts import Stand
from posture.history.ingest.findings import Key, Open, Plan, Said

GONE = frozenset({"deleted", "scope"})
"""Reasons for which a finding closes although nothing was mended."""
RULED = frozenset({"rule", "folded"})
"""Reasons for which one closes although nothing moved: it is judged otherwise, or with the group that it belongs to."""


@dataclass(frozen=True, slots=True)
class Events:
    """What a result did to an account's findings and resources."""

    made: Plan
    said: Mapping[Key, Said]
    open_before: Mapping[Key, Open]
    open_after: Mapping[Key, Open]
    added: AbstractSet[int]
    """Resources that are here for the first time, or back again."""
    was_aside: AbstractSet[int]
    """Findings that people had set aside up to this result; what runs out with it never counted as failing before."""
    aside: AbstractSet[int]
    """Those that are set aside from this result on."""
    parametrized: AbstractSet[str] = frozenset()
    """Checks that judge by another parameter than before."""
    folded: AbstractSet[str] = frozenset()
    """Checks of types of which some resources are counted as one population from now on."""


def step(before: Stand, after: Stand, turned: Collection[str], events: Events) -> Split:
    """Return by how much each cause moved the account's score; `turned` are the checks that stand otherwise."""
    moves = _moves(events)
    tallies = [{check_id: tally for check_id, (tally, _) in standing.items()} for standing in (before, after)]
    causes = dict.fromkeys(events.parametrized, Cause.PARAMETER) | rules(before, after, turned, moves)
    causes |= dict.fromkeys(events.folded, Cause.RULE)
    return split(tallies[0], tallies[1], moves, causes, turned)


def rules(before: Stand, after: Stand, turned: Collection[str], moves: Mapping[str, Moves]) -> dict[str, Cause]:
    """Return the checks that judge by another rule than before, or that are new or gone themselves."""
    changed = {
        check_id
        for check_id in turned
        if check_id in before and check_id in after and _by_another_rule(*before[check_id], *after[check_id])
    }
    # What fails nothing any more because nothing of its type is left is not gone itself.
    changed |= before.keys() - all_checks().keys()
    changed |= {
        check_id
        for check_id in after.keys() - before.keys()
        if _has_old(after[check_id][0], moves.get(check_id, Moves()))
    }
    return dict.fromkeys(changed, Cause.RULE)


def _by_another_rule(old: Tally, old_version: int, new: Tally, version: int) -> bool:
    return old_version != version or old.severity != new.severity


def _has_old(tally: Tally, moves: Moves) -> bool:
    """Tell whether a check that never stood here met anything that was here before."""
    return tally.passed + tally.failing + tally.unknown > moves.new_passing + moves.new_failing


def _moves(events: Events) -> dict[str, Moves]:
    found: dict[str, Moves] = defaultdict(Moves)
    for key, reason in events.made.closing.items():
        finding = events.open_before[key]
        if finding.status is Status.FAIL:
            _closed(found[key[1]], reason, is_aside=finding.id in events.was_aside)
    for key, reason in events.made.opening.items():
        if events.said[key].outcome.status is Status.FAIL:
            _opened(found[key[1]], reason, is_aside=events.open_after[key].id in events.aside)
    if events.added:
        for (resource, check_id), word in events.said.items():
            if resource in events.added and _counts_as_passing(word.outcome):
                found[check_id].new_passing += 1
    return found


def _counts_as_passing(outcome: Outcome) -> bool:
    """Tell whether what is new passes, or cannot be told, which counts as sight lost by what passes."""
    return outcome.status is Status.PASS or (outcome.status is Status.UNKNOWN and outcome.moves_score)


def _closed(moves: Moves, reason: str, *, is_aside: bool) -> None:
    if reason == "changed":
        if is_aside:
            moves.aside += 1
        else:
            moves.fixed += 1
    elif reason in GONE and not is_aside:
        moves.gone_failing += 1
    elif reason in RULED:
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
            moves.sighted += 1
    elif reason == "new" and not is_aside:
        moves.new_failing += 1
