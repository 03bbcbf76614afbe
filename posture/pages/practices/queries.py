"""What the pages of practices read, all through the scope."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from accounts.access import owners_of
from accounts.models import AwsAccount
from posture.checks import all_checks
from posture.core.check import Check
from posture.core.outcome import Severity
from posture.core.score import Band, Tally, band
from posture.frameworks import Control, Framework, all_frameworks
from posture.history import query
from posture.history.query import (
    FAILING,
    CheckSummary,
    EncodedRows,
    FilteredRows,
    FindingRecord,
    PracticeSummary,
    Triage,
    rank_words,
    select_top,
)
from posture.history.scope import Scope
from posture.pages.practices.check_status import (
    CheckRow,
    ControlRow,
    OutcomeSum,
    added,
    control_rows,
    count_judged,
    counts,
    rows_of,
    summed,
)
from posture.responsibility.services import Service, settled
from posture.web.attestations import load_states
from posture.web.practice_visibility import describe_unseen, unseen_by_practice

PRACTICES = "practices"
RESPONSIBILITY = "responsibility"
"""The practice that every check serves, scored service by service."""
WORST = 10


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice with its counts, None where no check serves it."""

    control: Control
    result: PracticeSummary | None
    checks: int
    unseen: tuple[str, ...] = ()
    """Types that were not read, where its score would rest mostly on them."""

    @property
    def in_use(self) -> bool:
        """Return True where there is anything to judge."""
        return self.result is not None and self.result.in_use

    @property
    def is_shown(self) -> bool:
        """Return True where there is anything to judge, or gaps hide whether there is."""
        return self.in_use or bool(self.unseen)

    @property
    def is_scored(self) -> bool:
        """Return True where enough was read for a score."""
        return self.in_use and not self.unseen

    @property
    def missing(self) -> str:
        """What was not read, in words."""
        return describe_unseen(self.unseen)


@dataclass(frozen=True, slots=True)
class AccountFailures:
    """An account in which a practice fails or is unknown, and its owners."""

    account: AwsAccount
    owners: list[str]
    critical: int
    high: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """A framework and the number of its controls in each state."""

    framework: Framework
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many controls it has."""
        return sum(self.counts.values())

    @property
    def judged(self) -> int:
        """How many of its controls a check serves."""
        return count_judged(self.counts)


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service in use, its duties, and the customer's results."""

    service: Service
    count: int
    unseen: int
    checks: list[CheckRow]

    @property
    def sum(self) -> OutcomeSum:
        """The outcomes of its checks."""
        return summed(self.checks)

    @property
    def score(self) -> Band | None:
        """The score of the customer's part; None where nothing is judged."""
        results = [row.result for row in self.checks if row.result is not None]
        return band(Tally(one.check_id, one.severity, one.passed, one.failed, one.unknown) for one in results)

    @property
    def failing(self) -> list[CheckRow]:
        """The checks that fail, most severe first."""
        return [row for row in self.checks if row.state == "fail"]


def practices(scope: Scope) -> list[Practice]:
    """Return every practice in the framework's order."""
    known = {each.practice_id: each for each in query.summarize_practices(scope)}
    unseen = unseen_by_practice(scope)
    return [
        Practice(one, known.get(one.id), len(serving(one.reference)), unseen.get(one.id, ()))
        for one in all_frameworks()[PRACTICES].controls
    ]


def find_practice(scope: Scope, practice_id: str) -> Practice | None:
    """Return one practice; None where there is none of that name."""
    return next((one for one in practices(scope) if one.control.id == practice_id), None)


def serving(reference: str) -> list[Check]:
    """Return the checks that serve a control; all serve that of shared responsibility."""
    if reference == f"{PRACTICES}:{RESPONSIBILITY}":
        return list(all_checks().values())
    return [check for check in all_checks().values() if reference in check.controls]


def check_results(scope: Scope) -> dict[str, CheckSummary]:
    """Return the counts of each check by id."""
    found: dict[str, CheckSummary] = {}
    for each in query.summarize_checks(scope):
        found[each.check_id] = added(found[each.check_id], each) if each.check_id in found else each
    return found


def check_rows(scope: Scope, reference: str) -> list[CheckRow]:
    """Return the checks that serve a control, with their results."""
    return rows_of(serving(reference), check_results(scope))


def worst(scope: Scope, reference: str) -> list[FindingRecord]:
    """Return the most severe open findings of a control's checks, oldest first."""
    numbers, _ = _worst(scope, reference)
    found = {one.finding_id: one for one in query.findings(scope).order_by().filter(finding_id__in=numbers)}
    return [found[number] for number in numbers if number in found]


def _worst(scope: Scope, reference: str) -> tuple[list[int], dict[int, tuple[int, ...]]]:
    """Return the worst findings of a control's checks, and the worst accounts' counts."""
    last = sorted(account.pk for account in scope.accounts if not account.is_swept)
    return query.get_or_compute(
        scope, f"practice:{reference}", lambda: _worst_of(_open_of(scope, reference), last), last
    )


def _worst_of(rows: EncodedRows, last: Container[int]) -> tuple[list[int], dict[int, tuple[int, ...]]]:
    failing = rows.select(rows.having("sight", FAILING)[rows.cell])
    order = [-rank_words(failing, "severity", int), failing.at]
    return failing.number[select_top(order, 0, WORST)].tolist(), _worst_accounts(rows, last)


def _open_of(scope: Scope, reference: str) -> EncodedRows:
    """Return the open findings of a control's checks that nobody has set aside."""
    rows = query.load_open_findings(scope)
    ids = {check.id for check in serving(reference)}
    mine = {"check": rows.having("check", ids), "triage": ~rows.having("triage", Triage.SET_ASIDE)}
    return rows.select(FilteredRows(rows, mine, {}).mask())


def _figures(rows: EncodedRows) -> dict[int, tuple[int, int, int, int]]:
    """Return by account how many findings are critical, high, failing and unknown."""
    fails = rows.having("sight", FAILING)
    kinds = {
        "critical": fails & rows.having("severity", {str(int(Severity.CRITICAL))}),
        "high": fails & rows.having("severity", {str(int(Severity.HIGH))}),
        "failed": fails,
        "unknown": ~fails,
    }
    counted = {name: FilteredRows(rows, {name: which}, {}).by_account() for name, which in kinds.items()}
    critical, high, failed, unknown = counted.values()
    return {
        pk: (critical.get(pk, 0), high.get(pk, 0), failed.get(pk, 0), unknown.get(pk, 0))
        for pk in failed.keys() | unknown.keys()
    }


def _worst_accounts(rows: EncodedRows, last: Container[int]) -> dict[int, tuple[int, ...]]:
    figures = _figures(rows)
    # What no sweep asks any more cannot be fixed from here: it comes last.
    worst = {pk: (pk in last, *(-number for number in figures[pk]), pk) for pk in figures}
    most_severe = sorted(figures, key=worst.__getitem__)[:WORST]
    return {pk: figures[pk] for pk in most_severe}


def failing_accounts(scope: Scope, reference: str) -> list[AccountFailures]:
    """Return the accounts in which a control fails or is unknown, worst first."""
    _, figures = _worst(scope, reference)
    owners = owners_of(scope.by_pk[pk] for pk in figures)
    return [AccountFailures(scope.by_pk[pk], owners[pk], *mine) for pk, mine in figures.items()]


def all_failing_accounts(scope: Scope, reference: str) -> list[AccountFailures]:
    """Return every account in which a control fails or is unknown, worst first.

    Owners are left out: they cost a query each.
    """
    last = {account.pk for account in scope.accounts if not account.is_swept}
    figures = query.get_or_compute(
        scope, f"practice accounts:{reference}", lambda: _figures(_open_of(scope, reference)), sorted(last)
    )
    found = [AccountFailures(scope.by_pk[pk], [], *mine) for pk, mine in figures.items()]
    return sorted(
        found, key=lambda one: (one.account.pk in last, -one.critical, -one.high, -one.failed, one.account.name)
    )


def frameworks(scope: Scope) -> list[Coverage]:
    """Return the published frameworks with the states of their controls."""
    known, attested = check_results(scope), load_states(scope)
    return [
        Coverage(one, counts(control_rows(one, all_checks().values(), known, attested)))
        for one in all_frameworks().values()
        if one.id != PRACTICES
    ]


def controls(scope: Scope, framework: Framework) -> list[ControlRow]:
    """Return a framework's controls in order, each with its checks."""
    return control_rows(framework, all_checks().values(), check_results(scope), load_states(scope))


def service_rows(scope: Scope) -> list[ServiceRow]:
    """Return the services that a scope uses, what fails most first, then by name."""
    used: dict[str, tuple[int, int]] = {}
    for each in query.count_types(scope):
        service = settled(each.type)
        count, unseen = used.get(service.id, (0, 0))
        used[service.id] = (count + each.count, unseen + each.unseen)
    known, by_service = check_results(scope), _checks_by_service()
    rows = [
        ServiceRow(service, *used[service.id], rows_of(by_service.get(service.id, ()), known))
        for service in {settled(each.type).id: settled(each.type) for each in query.count_types(scope)}.values()
        if used[service.id][0]
    ]
    return sorted(rows, key=lambda row: (-row.sum.failed, row.service.title))


def _checks_by_service() -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in all_checks().values():
        found.setdefault(settled(check.resource_type).id, []).append(check)
    return found
