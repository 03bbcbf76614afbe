"""What the pages of findings read, all through the scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import AccountEvent
from posture.history import query
from posture.history.query import (
    CheckSummary,
    EncodedRows,
    FilteredRows,
    FindingRecord,
    ResourceRecord,
    Triage,
    rank_words,
    select_top,
)
from posture.history.scope import Scope

SWEEPING_KINDS = (AccountEvent.Kind.SUSPENDED, AccountEvent.Kind.CLOSED, AccountEvent.Kind.REINSTATED)
"""Events with which sweeps stop or start to ask an account."""
ELSEWHERE = 5
"""Other resources that a finding's page names."""


def set_aside(scope: Scope) -> dict[str, int]:
    """Return how many open findings are accepted or false positives, by decision."""
    return query.get_or_compute(scope, "set_aside", lambda: _set_aside(query.load_open_findings(scope)))


def _set_aside(rows: EncodedRows) -> dict[str, int]:
    return FilteredRows(rows, {"triage": rows.having("triage", Triage.SET_ASIDE)}, {}).by("triage")


def flapping(scope: Scope) -> set[int]:
    """Return open flapping findings, cached for the scope without its filters."""

    def found() -> set[int]:
        return query.find_open_flapping(scope, query.load_open_findings(scope))

    window = (query.date_key(scope, at) for at in (scope.now - query.FLAPPING_WITHIN, scope.now))
    return query.get_or_compute(scope, "flapping", found, *window)


@dataclass(frozen=True, slots=True)
class OfCheck:
    """Open findings of a check: the first ones, and how many are where.

    Those that were set aside are left out. `by_account` counts those that fail and those that are unknown.
    """

    first: list[int]
    number: int
    by_account: dict[int, tuple[int, int]]


def of_check(scope: Scope, check_id: str) -> OfCheck:
    """Return the open findings of a check in the scope."""
    return query.get_or_compute(
        scope, "of_check", lambda: _of_check(scope, check_id), query.date_key(scope, scope.now), check_id
    )


def elsewhere(scope: Scope, finding: FindingRecord) -> tuple[list[FindingRecord], int]:
    """Return a few other resources that fail the check, and how many there are."""
    known = of_check(scope, finding.check_id)
    others = [each for each in known.first if each != finding.finding_id][:ELSEWHERE]
    found = query.findings(scope).order_by("-severity", "opened_at").filter(finding_id__in=others)
    is_open = finding.closed_at is None or finding.closed_at > scope.now
    return list(found), known.number - (is_open and finding.triage not in Triage.SET_ASIDE)


def _of_check(scope: Scope, check_id: str) -> OfCheck:
    """Return open findings of a check, one more than is shown of the others."""
    rows = query.load_open_findings(scope)
    wanted = rows.having("check", {check_id}) & ~rows.having("triage", Triage.SET_ASIDE)
    mine = rows.select(wanted[rows.cell])
    places = select_top([-rank_words(mine, "severity", int), mine.at], 0, ELSEWHERE + 1)
    every = mine.by_account(None)
    unknown = mine.by_account(mine.having("sight", {"unknown"})[mine.cell])
    by_account = {pk: (number - unknown.get(pk, 0), unknown.get(pk, 0)) for pk, number in every.items()}
    return OfCheck(mine.number[places].tolist(), len(mine), by_account)


def check_status(scope: Scope, check_id: str) -> CheckSummary | None:
    """Return the results of a check; None where it has met nothing."""
    return next((each for each in query.summarize_checks(scope) if each.check_id == check_id), None)


def unswept_since(scope: Scope, finding: FindingRecord, last_seen: datetime | None) -> datetime | None:
    """Return when the finding's account was last in the sweeps; None while it is.

    That is when it was suspended or closed or, where nobody recorded that, when the finding was last seen.
    """
    if scope.as_of is None and finding.account.is_swept:
        return None
    events = AccountEvent.objects.filter(account_id=finding.account_id, kind__in=SWEEPING_KINDS, at__lte=scope.now)
    last = events.order_by("at", "pk").last()
    if last is not None:
        return None if last.kind == AccountEvent.Kind.REINSTATED else last.at
    return last_seen if scope.as_of is None else None


def version_judged(scope: Scope, finding: FindingRecord) -> ResourceRecord | None:
    """Return the resource version judged: the current one, or the last before."""
    versions = query.list_versions(scope, finding.resource_id)
    ended = finding.closed_at
    before = [one for one in versions if ended is None or one.valid_from < ended]
    return next(iter(before or versions), None)
