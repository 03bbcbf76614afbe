"""Status of checks, aggregated by practice, control and service. Pure.

What was not seen makes a whole unknown; what nothing judges is never counted as good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from accounts.attestations import ATTESTED, EXPIRED, NOTHING, AttestedState
from posture.core.check import Check, Responsibility
from posture.frameworks import Control, Framework
from posture.history.query import CheckSummary

STATES = {
    "fail": "Fails",
    "unknown": "Unknown",
    "pass": "Passes",
    "unused": "Not in use",
    "attested": "Attested by a person",
    "expired": "Attestation has expired",
    "manual": "A person has to look",
    "uncovered": "No check yet",
}
"""What can be said of a control, worst first."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check with its counts; None where it has judged nothing."""

    check: Check
    result: CheckSummary | None

    @property
    def state(self) -> str:
        """The status, as one of `STATES`."""
        return state_of([self])

    @property
    def is_shared(self) -> bool:
        """Return True where AWS has a part in the duty."""
        return self.check.responsibility is Responsibility.SHARED


@dataclass(frozen=True, slots=True)
class OutcomeSum:
    """Outcomes over several checks; a resource counts once per check."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    accepted: int = 0

    @property
    def judged(self) -> int:
        """How many outcomes there are, the unknown ones included."""
        return self.passed + self.failed + self.unknown


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control of a framework with the checks that serve it."""

    control: Control
    checks: list[CheckRow] = field(default_factory=list)
    attested: AttestedState = NOTHING
    """What people attest of it; never a pass, and nothing against what a check finds."""

    @property
    def state(self) -> str:
        """The status, as one of `STATES`."""
        if self.checks:
            return state_of(self.checks)
        if not self.control.manual:
            return "uncovered"
        return {ATTESTED: "attested", EXPIRED: "expired"}.get(self.attested.state, "manual")

    @property
    def words(self) -> str:
        """The state in words."""
        return STATES[self.state]

    @property
    def sum(self) -> OutcomeSum:
        """The outcomes of its checks."""
        return summed(self.checks)


def state_of(rows: Iterable[CheckRow]) -> str:
    """Return fail, unknown, pass or unused: the worst that any check says."""
    total = summed(rows)
    if total.failed:
        return "fail"
    if total.unknown:
        return "unknown"
    return "pass" if total.passed or total.accepted else "unused"


def summed(rows: Iterable[CheckRow]) -> OutcomeSum:
    """Return the outcomes of several checks together."""
    found = [row.result for row in rows if row.result]
    return OutcomeSum(
        sum(one.passed for one in found),
        sum(one.failed for one in found),
        sum(one.unknown for one in found),
        sum(one.accepted for one in found),
    )


def added(one: CheckSummary, other: CheckSummary) -> CheckSummary:
    """Return the sum of two counts of one check.

    Accounts last swept before and after its severity changed are counted apart.
    """
    numbers = {
        name: getattr(one, name) + getattr(other, name)
        for name in ("passed", "failed", "stale", "unknown", "accepted", "not_applicable", "accounts", "resources")
    }
    return replace(one, severity=max(one.severity, other.severity), **numbers)


def rows_of(checks: Iterable[Check], results: Mapping[str, CheckSummary]) -> list[CheckRow]:
    """Return checks with their counts, most severe failures first, unused last."""
    rows = [CheckRow(check, results.get(check.id)) for check in checks]
    order = list(STATES)
    return sorted(rows, key=lambda row: (order.index(row.state), -row.check.severity, row.check.title))


def control_rows(
    framework: Framework,
    checks: Iterable[Check],
    results: Mapping[str, CheckSummary],
    attested: Mapping[str, AttestedState] | None = None,
) -> list[ControlRow]:
    """Return every control of a framework in order, with or without a check."""
    serving: dict[str, list[Check]] = {}
    for check in checks:
        for reference in check.controls:
            serving.setdefault(reference, []).append(check)
    return [
        ControlRow(one, rows_of(serving.get(one.reference, ()), results), (attested or {}).get(one.reference, NOTHING))
        for one in framework.controls
    ]


def counts(rows: Sequence[ControlRow]) -> dict[str, int]:
    """Return the number of controls in each state, every state named."""
    return {state: sum(row.state == state for row in rows) for state in STATES}


BY_NO_CHECK = ("attested", "expired", "manual", "uncovered")
"""States of controls that no check judges."""


def count_judged(counted: Mapping[str, int]) -> int:
    """Return how many controls a check judges."""
    return sum(number for state, number in counted.items() if state not in BY_NO_CHECK)
