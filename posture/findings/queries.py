"""What the pages of findings read, all through the scope."""

from __future__ import annotations

from posture.history import read
from posture.history.models import FindingRecord, ResourceRecord, Triage
from posture.history.read import CheckStanding
from posture.history.read.cells import Narrowed, Rows, best, word_ranks
from posture.history.scope import Scope

ELSEWHERE = 8
"""Other resources that a finding's page names."""


def set_aside(scope: Scope) -> dict[str, int]:
    """Return how many open findings are accepted or called false, by that decision."""
    return read.kept(scope, "set_aside", lambda: _set_aside(read.open_findings(scope)))


def _set_aside(rows: Rows) -> dict[str, int]:
    return Narrowed(rows, {"triage": rows.having("triage", Triage.SET_ASIDE)}, {}).by("triage")


def flapping(scope: Scope) -> set[int]:
    """Return the open findings that come and go; kept as one for the scope, however its findings are filtered."""

    def found() -> set[int]:
        return read.flapping_open(scope, read.open_findings(scope))

    window = (read.instant(scope, at) for at in (scope.now - read.FLAPPING_WITHIN, scope.now))
    return read.kept(scope, "flapping", found, *window)


def elsewhere(scope: Scope, finding: FindingRecord) -> tuple[list[FindingRecord], int]:
    """Return other resources on which the same check is open, a few, and how many there are."""
    check_id, now = finding.check_id, scope.now
    first, number = read.kept(scope, "of_check", lambda: _of_check(scope, check_id), read.instant(scope, now), check_id)
    others = [each for each in first if each != finding.finding_id][:ELSEWHERE]
    found = read.findings(scope).order_by("-severity", "opened_at").filter(finding_id__in=others)
    is_open = finding.closed_at is None or finding.closed_at > now
    return list(found), number - is_open


def _of_check(scope: Scope, check_id: str) -> tuple[list[int], int]:
    """Return open findings of a check, one more than is shown beside another, and how many there are."""
    rows = read.open_findings(scope)
    mine = rows.chosen(rows.having("check", {check_id})[rows.cell])
    first: list[int] = mine.number[best([-word_ranks(mine, "severity", int), mine.at], 0, ELSEWHERE + 1)].tolist()
    return first, len(mine)


def standing(scope: Scope, check_id: str) -> CheckStanding | None:
    """Return how a check stands; None where it has met nothing."""
    return next((each for each in read.check_standings(scope) if each.check_id == check_id), None)


def version_judged(scope: Scope, finding: FindingRecord) -> ResourceRecord | None:
    """Return the version of the resource that the finding speaks of: as it stands, or when it was resolved."""
    versions = read.versions(scope, finding.resource_id)
    ended = finding.closed_at
    before = [one for one in versions if ended is None or one.valid_from < ended]
    return next(iter(before or versions), None)
