"""Checks and open findings in the palette."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from django.http import HttpRequest

from posture.checks import all_checks, title_of
from posture.core.check import Check
from posture.core.outcome import Severity
from posture.history import query
from posture.history.query import FindingRecord, Triage, rank_words, select_top
from posture.pages.findings.filters import checks_named
from posture.web.palette import ENTRIES_PER_SOURCE_MAX, WITHIN, PaletteEntry, rank_match, source
from posture.web.parameters import integers
from posture.web.scoping import scope_of, url_in_scope


@source("check", "Checks")
class Checks:
    """All checks: they say what is looked for, and are the same for everybody."""

    def find(self, request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
        """Return checks by id, title, problem and their names in other tools."""
        for one in all_checks().values() if text else ():
            aliases = (name.partition(":")[2] for name in one.aliases)
            rank = rank_match(text, one.title, one.id, one.problem, *one.aliases, *aliases)
            if rank is not None:
                yield _check(request, one, rank)

    def load(self, request: HttpRequest, ids: Sequence[str]) -> Iterable[PaletteEntry]:
        """Return checks by their ids."""
        return [_check(request, all_checks()[one]) for one in ids if one in all_checks()]


@source("finding", "Findings")
class Findings:
    """Open findings of the scope that are not set aside."""

    def find(self, request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
        """Return findings with each word in problem, resource or reason, worst first."""
        if not query.is_indexed(text):
            return []
        scope = scope_of(request)
        rows = query.load_open_findings(scope)
        of_checks = rows.number[rows.having("check", checks_named(text))[rows.cell]]
        in_text = query.search_findings(scope, text).numbers if query.is_fully_indexed(text) else np.array([], np.int64)
        wanted = np.isin(rows.number, np.union1d(of_checks, in_text))
        mine = rows.select(wanted & ~rows.having("triage", Triage.SET_ASIDE)[rows.cell])
        first = mine.number[
            select_top([-rank_words(mine, "severity", int), mine.at], 0, ENTRIES_PER_SOURCE_MAX)
        ].tolist()
        return self._load(request, first, text)

    def load(self, request: HttpRequest, ids: Sequence[str]) -> Iterable[PaletteEntry]:
        """Return findings by their numbers, those that are open at the scope's date."""
        return self._load(request, integers(ids))

    def _load(self, request: HttpRequest, numbers: Sequence[int], text: str = "") -> list[PaletteEntry]:
        if not numbers:
            return []
        found = {one.finding_id: one for one in query.findings(scope_of(request)).filter(finding_id__in=numbers)}
        return [_finding(request, found[one], text) for one in numbers if one in found]


def _check(request: HttpRequest, check: Check, rank: int = WITHIN) -> PaletteEntry:
    url = url_in_scope(request, "findings:check", {"check_id": check.id})
    return PaletteEntry(f"check:{check.id}", check.title, "list-check", url, check.id, rank)


def _finding(request: HttpRequest, finding: FindingRecord, text: str) -> PaletteEntry:
    url = url_in_scope(request, "findings:detail", {"finding_id": finding.finding_id})
    check = all_checks().get(finding.check_id)
    title = check.problem if check else title_of(finding.check_id)
    what = finding.resource_name or finding.resource_arn
    detail = f"{Severity(finding.severity).label}, {what} in {finding.account.name}"
    rank = rank_match(text, title, what) if text else None
    return PaletteEntry(
        f"finding:{finding.finding_id}", title, "list-search", url, detail, WITHIN if rank is None else rank
    )
