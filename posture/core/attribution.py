"""Score attribution: one account's step between two sweeps, split into causes.

Pure arithmetic.

Causes are applied one after the other, in a fixed order, to the figures that the score is made of; each
part is by how much its cause moved the score. The last state is the one after the step, so that the
parts add up to the whole whatever the causes were. What makes room comes before what takes it (new
resources, visibility regained and fixes before regressions, visibility lost and deletions), so that no state on
the way has fewer than no resources.

Three conventions make it exact without storing every pass: what is new counts as passing until it is
seen to fail or to be unknown; what becomes unknown was passing, and what stops being unknown passes
until it is seen to fail; and what comes under a check, or leaves it, without a finding is counted net.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import accumulate, pairwise

from posture.core.score import Band, Tally, Term, band, sums, terms


class Cause(StrEnum):
    """Why a score moved, in the order in which causes are shown."""

    FIXED = "fixed"
    REGRESSED = "regressed"
    NEW = "new"
    DELETED = "deleted"
    ACCOUNTS = "accounts"
    RULE = "rule"
    PARAMETER = "parameter"
    VISIBILITY = "sight"
    DECIDED = "decided"


@dataclass(slots=True)
class Moves:
    """How many resources of one account moved under one check, by their known cause."""

    fixed: int = 0
    """Failed, and pass since they were changed."""
    regressed: int = 0
    """Passed, and fail since they were changed."""
    new_failing: int = 0
    new_passing: int = 0
    """New ones that do not fail; those that could not be judged included."""
    gone_failing: int = 0
    """Failed, and were deleted or left what the check applies to."""
    seen_failing: int = 0
    """Fail since they became visible again."""
    ruled: int = 0
    """Failed by an earlier rule, and pass by the one that judges now."""
    ruled_aside: int = 0
    """The same of what people had set aside."""
    reset: int = 0
    """Failed by an earlier parameter, and pass by the one that judges now."""
    reset_aside: int = 0
    """The same of what people had set aside."""
    aside: int = 0
    """Set aside by people and mended, less those that were set aside before and are found to fail again."""


@dataclass(frozen=True, slots=True)
class Delta:
    """By how many points a cause moved the lower and the upper end of a score."""

    low: float = 0.0
    high: float = 0.0

    def __add__(self, other: Delta) -> Delta:
        return Delta(self.low + other.low, self.high + other.high)


Tallies = Mapping[str, Tally]
Split = dict[Cause, Delta]


def split(
    before: Tallies,
    after: Tallies,
    moves: Mapping[str, Moves],
    rules: Mapping[str, Cause] | None = None,
    turned: Iterable[str] | None = None,
) -> Split:
    """Return by how much each cause moved a score, without those that did not move it.

    `rules` names the checks that judge by another rule or parameter than before; whatever moved under
    them in this step is put down to that. `turned` are those whose tallies are not the same, where that is known.
    Nothing is returned where there is no score at either end.
    """
    if turned is None:
        turned = [each for each in before.keys() | after.keys() if before.get(each) != after.get(each)]
    looked_at = sorted({*turned} | {each for each in moves if each in before or each in after})
    if not looked_at:
        return {}
    running = _RunningSums(before, looked_at)
    last = running.band()
    if last is None or not any(tally.judged for tally in after.values()):
        return {}
    found: Split = {}
    checks = [_Check(before.get(each), after.get(each), moves.get(each, Moves())) for each in looked_at]
    for cause, states in _stages(checks, rules or {}):
        moved = [running.put(tally) for tally in states]
        if not any(moved):
            continue
        # With nothing left to judge on the way there is no score: the next cause takes the whole jump.
        now = running.band() or last
        found[cause] = found.get(cause, Delta()) + difference(last, now)
        last = now
    return found


def whole(before: Tallies, after: Tallies, cause: Cause) -> Split:
    """Return a step that has a single cause."""
    old, new = band(before.values()), band(after.values())
    return {} if old is None or new is None else {cause: difference(old, new)}


def difference(before: Band, after: Band) -> Delta:
    """Return by how much both ends moved."""
    return Delta(after.low - before.low, after.high - before.high)


class _RunningSums:
    """The sums of the formula, updated check by check; only `turned` can be replaced."""

    def __init__(self, tallies: Tallies, turned: Sequence[str]) -> None:
        self.weight, self.low, self.high = sums(tallies.values())
        self.terms = {each.tally.check_id: each for each in terms(tallies[one] for one in turned if one in tallies)}

    def put(self, tally: Tally) -> bool:
        """Replace a check's tally; return True if that changes the score."""
        old = self.terms.get(tally.check_id)
        if old is not None and old.tally is tally:
            return False
        self.terms.pop(tally.check_id, None)
        new = next(iter(terms([tally])), None)
        if new is not None:
            self.terms[tally.check_id] = new
        self._add(old, -1)
        self._add(new, 1)
        return _worth(old) != _worth(new)

    def _add(self, term: Term | None, sign: int) -> None:
        if term is not None:
            self.weight += sign * term.weight
            self.low += sign * term.weight * term.low_share
            self.high += sign * term.weight * term.high_share

    def band(self) -> Band | None:
        """Return the current score."""
        if not self.weight:
            return None
        return Band(100 * (1 - self.low / self.weight), 100 * (1 - self.high / self.weight))


def _stages(turned: Sequence[_Check], rules: Mapping[str, Cause]) -> Iterator[tuple[Cause, list[Tally]]]:
    """Yield the tallies that each cause changes, in the order of the causes."""
    for cause in (Cause.RULE, Cause.PARAMETER):
        yield cause, [one.ending() for one in turned if rules.get(one.id) is cause]
    rest = [one for one in turned if one.id not in rules]
    yield Cause.RULE, [one.ruled() for one in rest]
    yield Cause.PARAMETER, [one.reset() for one in rest]
    for cause, move in _ORDER:
        yield cause, [move(one) for one in rest]
    yield Cause.DELETED, [one.ending() for one in rest]


def _worth(term: Term | None) -> tuple[float, ...]:
    """Return what a term does to the score."""
    return (term.weight, term.low_share, term.high_share) if term is not None else ()


class _Check:
    """One check's figures on their way from before to after."""

    def __init__(self, before: Tally | None, after: Tally | None, moves: Moves) -> None:
        known = after or before
        assert known is not None  # noqa: S101 - for the type checker: a check is on one side at least
        nothing = Tally(known.check_id, known.severity)
        self.id, self.after, self.moves = known.check_id, after or nothing, moves
        self.now = before or nothing
        if self.now.severity is not known.severity:
            self.now = self.now._replace(severity=known.severity)
        self.unknown = self.after.unknown - self.now.unknown
        self.gaps = self.after.gap_units - self.now.gap_units
        taken = moves.regressed + moves.seen_failing + self.unknown
        otherwise = moves.ruled + moves.reset
        given = moves.new_passing + moves.fixed + moves.aside + otherwise + moves.ruled_aside + moves.reset_aside
        self.came = self.after.passed - (self.now.passed + given - taken)
        grown = moves.new_failing + moves.regressed + moves.seen_failing
        grown -= moves.fixed + otherwise + moves.gone_failing
        self.decided = self.after.failing - (self.now.failing + grown)

    def ruled(self) -> Tally:
        """What passes by a rule that changed while it could not be seen."""
        return self._moved(passed=self.moves.ruled + self.moves.ruled_aside, failed=-self.moves.ruled)

    def reset(self) -> Tally:
        """What passes by a parameter that changed while it could not be seen."""
        return self._moved(passed=self.moves.reset + self.moves.reset_aside, failed=-self.moves.reset)

    def new(self) -> Tally:
        """What is new, or came under the check."""
        return self._moved(passed=self.moves.new_passing + max(self.came, 0), failed=self.moves.new_failing)

    def seen(self) -> Tally:
        """What is readable again, or is not hidden any more."""
        unknown = min(self.unknown, 0)
        return self._moved(passed=-unknown, unknown=unknown, gap_units=min(self.gaps, 0))

    def decided_on(self) -> Tally:
        """What people set aside, or count again."""
        return self._moved(passed=self.moves.aside, failed=self.decided)

    def fixed(self) -> Tally:
        """What was mended."""
        return self._moved(passed=self.moves.fixed, failed=-self.moves.fixed)

    def regressed(self) -> Tally:
        """What was changed for the worse."""
        return self._moved(passed=-self.moves.regressed, failed=self.moves.regressed)

    def hidden(self) -> Tally:
        """What became unknown or hidden, or was seen to fail."""
        unknown = max(self.unknown, 0)
        seen_failing = self.moves.seen_failing
        return self._moved(
            passed=-unknown - seen_failing, failed=seen_failing, unknown=unknown, gap_units=max(self.gaps, 0)
        )

    def ending(self) -> Tally:
        """The figures after the step: what was deleted, or left the check, is gone."""
        self.now = self.after
        return self.now

    def _moved(self, passed: int = 0, failed: int = 0, unknown: int = 0, gap_units: int = 0) -> Tally:
        if passed or failed or unknown or gap_units:
            self.now = self.now._replace(
                passed=self.now.passed + passed,
                failed=self.now.failed + failed,
                unknown=self.now.unknown + unknown,
                gap_units=self.now.gap_units + gap_units,
            )
        return self.now


_ORDER: tuple[tuple[Cause, Callable[[_Check], Tally]], ...] = (
    (Cause.NEW, _Check.new),
    (Cause.VISIBILITY, _Check.seen),
    (Cause.DECIDED, _Check.decided_on),
    (Cause.FIXED, _Check.fixed),
    (Cause.REGRESSED, _Check.regressed),
    (Cause.VISIBILITY, _Check.hidden),
)


def in_steps(before: float, parts: Sequence[float], digits: int) -> list[float]:
    """Return the score before and each part, rounded to add up to the score after.

    The levels on the way are rounded, and a part is the step between two: it is never more than a unit from what
    it is, and one that moved nothing stays nothing.
    """
    levels = [_half_up(level, digits) for level in accumulate(parts, initial=before)]
    return [float(levels[0]), *(float(level - last) for last, level in pairwise(levels))]


def _half_up(value: float, digits: int) -> Decimal:
    """Round as Django's templates do.

    What floats lose in adding up is far behind the ninth digit.
    """
    return Decimal(repr(round(value, 9))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
