"""The heading of the list of findings: what matches, and what is set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.core.outcome import Severity
from posture.history.query import FAILING, Triage
from posture.history.scope import Scope
from posture.pages.findings import queries
from posture.pages.findings.filters import FindingFilters
from posture.web import ages, parameters
from posture.web.scoping import cache_for_page, url_in_scope
from posture.web.templatetags.words import figure, joined, plural

SET_ASIDE = {
    str(Triage.State.ACCEPTED): "accepted risk",
    str(Triage.State.FALSE_POSITIVE): "false positive",
}


@dataclass(frozen=True, slots=True)
class Aside:
    """Findings left out of the list, or only as last seen, and their own list."""

    words: str
    url: str
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class FindingTotals:
    """Number of findings that match: all, late, unknown, stale, in unswept accounts."""

    number: int
    late: int
    unknown: int
    stale: int
    unswept: int


def totals(request: HttpRequest, scope: Scope, filters: FindingFilters) -> FindingTotals:
    """Return the counts of the list as it is filtered."""
    return cache_for_page(request, "totals", lambda: _totals(scope, filters))


def _totals(scope: Scope, filters: FindingFilters) -> FindingTotals:
    narrowed = filters.narrowed
    by_status, by_account = narrowed.by("sight"), narrowed.by_account()
    failing = narrowed.mask(also=narrowed.rows.having("sight", FAILING))
    late = int((ages.late(narrowed.rows, scope.now) & failing).sum())
    unswept = sum(number for pk, number in by_account.items() if not scope.by_pk[pk].is_swept)
    return FindingTotals(
        sum(by_account.values()), late, by_status.get("unknown", 0), by_status.get("stale", 0), unswept
    )


def title(request: HttpRequest, found: FindingTotals) -> str:
    """Return the result of the filters in words."""
    states = parameters.texts(request, "triage")
    if not found.number:
        chosen = any(parameters.texts(request, name) for name in FindingFilters.base_filters)
        return "No finding matches these filters" if chosen else "No finding is open"
    if len(states) == 1 and states[0] in SET_ASIDE:
        return plural(found.number, SET_ASIDE[states[0]])
    severities = _severities(request)
    if found.unknown == found.number:
        return f"{_counted(found.number, severities)} could not be judged"
    # A finding that could not be judged is not known to fail: it is counted apart, as the overview does.
    failing = found.number - found.unknown
    one = failing == 1
    words = f"{_counted(failing, severities)} {'is' if one else 'are'} open"
    if found.late:
        words += " and late" if one else f", {_of(found.late, failing)} late"
    return f"{words}; {figure(found.unknown)} could not be judged" if found.unknown else words


def _counted(number: int, severities: str) -> str:
    return f"{figure(number)} {severities}finding{'' if number == 1 else 's'}"


def _of(part: int, whole: int) -> str:
    return "all of them" if part == whole else f"{figure(part)} of them"


def _severities(request: HttpRequest) -> str:
    chosen = set(parameters.texts(request, "severity"))
    names = [one.label.lower() for one in sorted(Severity, reverse=True) if str(int(one)) in chosen]
    return f"{joined(names)} " if names and len(names) == len(chosen) else ""


def fixes(number: int, found: FindingTotals) -> str:
    """Return how many fixes close what is shown; empty where nothing is."""
    if not number or found.unknown == found.number:
        return ""
    all_of_it = "it" if found.number == 1 else "them all"
    return f"{plural(number, 'fix,fixes')} close{'s' if number == 1 else ''} {all_of_it}."


def asides(request: HttpRequest, scope: Scope, found: FindingTotals) -> Sequence[Aside]:
    """Return what is set aside in the scope, and what is only as last seen."""
    made: list[Aside] = []
    if not parameters.texts(request, "triage"):
        for state, number in queries.set_aside(scope).items():
            url = url_in_scope(request, "findings:list", None, triage=state, group="none", view="all")
            made.append(Aside(f"{plural(number, SET_ASIDE[state])} {'is' if number == 1 else 'are'} set aside", url))
    if found.stale and "stale" not in parameters.texts(request, "status"):
        url = url_in_scope(request, "findings:list", None, status="stale", view="all")
        made.append(Aside(f"{figure(found.stale)} as last seen", url, is_unseen=True))
    if found.unswept and not parameters.texts(request, "sweeping"):
        url = url_in_scope(request, "findings:list", None, sweeping="unswept", view="all")
        made.append(Aside(f"{figure(found.unswept)} in accounts that are not swept any more", url, is_unseen=True))
    return made
