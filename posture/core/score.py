"""The score of an account and of a scope: arithmetic over each check's counts.

Each check that has something to judge weighs by severity and fails by the share of its resources that
fail: `score = 100 * (1 - sum(weight * share) / sum(weight))`. It is a band: the lower end takes
everything unknown as failing, the upper end as passing. Nothing to judge means no score, never 100.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from posture.core.outcome import WEIGHTS, Severity


class Tally(NamedTuple):
    """How many resources of one account have which status under one check.

    Each is counted in one field only.

    A tuple, since hundreds are made and compared for every account at every sweep.
    """

    check_id: str
    severity: Severity
    passed: int = 0
    failed: int = 0
    """Fail, as seen in the last sweep."""
    unknown: int = 0
    """Unknown, or could not be seen, and did not fail when last seen."""
    stale: int = 0
    """Failed when last seen, cannot be seen now: they stay failing."""
    accepted: int = 0
    """Fail, but people set them aside: in neither numerator nor denominator."""
    not_applicable: int = 0
    gap_units: int = 0
    """Blind places in which no resource of the check is known: each counts as one that is unknown."""

    @property
    def failing(self) -> int:
        """Resources that fail, seen or stale."""
        return self.failed + self.stale

    @property
    def undetermined(self) -> int:
        """Units that may pass or fail."""
        return self.unknown + self.gap_units

    @property
    def judged(self) -> int:
        """Units that the check has to judge: the denominator of its share."""
        return self.passed + self.failing + self.undetermined

    @property
    def fixed(self) -> Tally:
        """The tally after everything that fails has been mended."""
        return self._replace(passed=self.passed + self.failing, failed=0, stale=0)


@dataclass(frozen=True, slots=True)
class Band:
    """A score from `low`, all unknown failing, to `high`, all passing; 0 to 100.

    The number to show is `low`.
    """

    low: float
    high: float

    def __str__(self) -> str:
        low, high = f"{self.low:.0f}", f"{self.high:.0f}"
        return low if low == high else f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class Term:
    """One check's part of the formula.

    `weight * low_share / sum of weights` is what it costs the lower end.
    """

    tally: Tally
    weight: int
    low_share: float
    """Failing share, 0 to 1, with everything unknown failing."""
    high_share: float
    """Failing share, 0 to 1, with everything unknown passing."""


def terms(tallies: Iterable[Tally]) -> list[Term]:
    """Return the terms of the formula: one for each check that has something to judge."""
    return [
        Term(
            tally,
            tally.severity.weight,
            (tally.failing + tally.undetermined) / tally.judged,
            tally.failing / tally.judged,
        )
        for tally in tallies
        if tally.judged
    ]


def band(tallies: Iterable[Tally]) -> Band | None:
    """Return an account's score, or None where no check has anything to judge."""
    total, low, high = sums(tallies)
    return Band(_score(low, total), _score(high, total)) if total else None


def sums(tallies: Iterable[Tally]) -> tuple[int, float, float]:
    """Return the sums of the formula: weights, and weighted failing shares."""
    total, low, high = 0, 0.0, 0.0
    # Without making `terms`, or asking tallies by name: every account is scored at every sweep.
    for _, severity, passed, failed, unknown, stale, _, _, gap_units in tallies:
        failing, undetermined = failed + stale, unknown + gap_units
        judged = passed + failing + undetermined
        if judged:
            weight = WEIGHTS[severity]
            total += weight
            low += weight * ((failing + undetermined) / judged)
            high += weight * (failing / judged)
    return total, low, high


def mean(bands: Iterable[tuple[Band | None, float]]) -> Band | None:
    """Return the mean of (band, weight) pairs with a band; None if there is none.

    Should every weight be 0, all count alike.
    """
    present = [(each, weight) for each, weight in bands if each is not None]
    if not present:
        return None
    total = sum(weight for _, weight in present)
    if not total:
        present, total = [(each, 1.0) for each, _ in present], float(len(present))
    return Band(
        low=min(100.0, sum(each.low * (weight / total) for each, weight in present)),
        high=min(100.0, sum(each.high * (weight / total) for each, weight in present)),
    )


def gain(tallies: Iterable[Tally], check_ids: Iterable[str]) -> float:
    """Return by how many points the lower end rises once these failures are fixed."""
    before = list(tallies)
    chosen = set(check_ids)
    after = [tally.fixed if tally.check_id in chosen else tally for tally in before]
    old, new = band(before), band(after)
    return new.low - old.low if old and new else 0.0


def _score(lost: float, total: int) -> float:
    return min(100.0, max(0.0, 100.0 * (1.0 - lost / total)))
