"""The overview's headline: the worst open problems of the scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.http import HttpRequest

from accounts.models import AwsAccount
from posture.checks import all_checks, problem_of
from posture.core.classification import is_sensitive
from posture.core.outcome import Severity
from posture.history import query
from posture.history.query import FAILING, EncodedRows, FilteredRows, Triage, group_rows
from posture.history.scope import Scope
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import age, percent, plural

WIDE = 0.05
"""The unseen share from which on the sentence begins with it."""
PARTS = 2
SEVERE = {str(int(Severity.CRITICAL)), str(int(Severity.HIGH))}
NAMES = frozenset(
    [
        "Amazon",
        "App",
        "Athena",
        "Aurora",
        "Auto",
        "Backup",
        "Client",
        "Config",
        "Detective",
        "Elastic",
        "Firehose",
        "Glue",
        "Inspector",
        "Kinesis",
        "Kubernetes",
        "Lambda",
        "Macie",
        "Neptune",
        "Outpost",
        "Outpost's",
        "Outposts",
        "Redis",
        "Redshift",
        "Route",
        "Step",
        "Systems",
        "Trusted",
    ]
)
"""First words of problems that are names of AWS's, and keep their capital within a sentence."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of the sentence; with an URL it leads to the findings that it names."""

    words: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What fails one check: on how many resources, in which accounts."""

    check_id: str
    severity: Severity
    count: int
    account_pks: Sequence[int]
    is_sensitive: bool


def sentence(request: HttpRequest, scope: Scope, unseen: float) -> list[Phrase]:
    """Return the headline in parts: what is unseen if that is much, then problems."""
    found = worst(scope)
    parts: list[Phrase] = []
    if unseen >= WIDE:
        gaps = Phrase(f"{percent(unseen)} of the estate could not be seen", url_in_scope(request, "sweeps:gaps"))
        parts.append(gaps)
    for problem in found[: PARTS - len(parts)]:
        if parts:
            parts.append(Phrase(", and "))
        parts += _phrases(request, scope, problem, is_first=not parts)
    return [*parts, Phrase(".")] if parts else [_calm(scope)]


def worst(scope: Scope) -> list[Problem]:
    """Return open critical and high problems, the worst first.

    Of one severity, those that expose sensitive data come first.
    """
    return query.get_or_compute(scope, "headline", lambda: _worst(scope), query.date_key(scope, scope.now))


def _worst(scope: Scope) -> list[Problem]:
    rows = query.load_open_findings(scope)
    narrowed = FilteredRows(
        rows,
        {
            "sight": rows.having("sight", FAILING),
            "triage": ~rows.having("triage", Triage.SET_ASIDE),
            "severity": rows.having("severity", SEVERE),
        },
        {},
    )
    few = narrowed.left()
    # What people cannot act on does not lead: accounts that no sweep asks have a section of their own.
    swept = [account.pk for account in scope.accounts if account.state == AwsAccount.State.ACTIVE]
    few = few.select(few.of_accounts(swept))
    problems = [
        Problem(
            group.words[0],
            Severity(int(group.words[1])),
            group.number,
            _accounts(few, group.words[0]),
            any(is_sensitive(level or None) for level in group.counts),
        )
        for group in group_rows(few, ("check", "severity"), "classification", scope.compare_to)
    ]
    return sorted(problems, key=_rank)[:PARTS]


def _accounts(rows: EncodedRows, check_id: str) -> Sequence[int]:
    """Return the accounts in which a check fails, without repeats."""
    pks: list[int] = np.unique(rows.account[rows.of_cells(rows.having("check", {check_id}))]).tolist()
    return pks


def _rank(problem: Problem) -> tuple[int, bool, bool, int, str]:
    check = all_checks().get(problem.check_id)
    exposes = bool(check and check.exposes)
    return -problem.severity, not (exposes and problem.is_sensitive), not exposes, -problem.count, problem.check_id


def _phrases(request: HttpRequest, scope: Scope, problem: Problem, *, is_first: bool) -> list[Phrase]:
    words = problem_of(problem.check_id)
    words = words if is_first else _continued(words)
    url = url_in_scope(request, "findings:list", check=problem.check_id, severity=int(problem.severity), status="fail")
    return [Phrase(words, url), Phrase(f" {_where(scope, problem)}")]


def _where(scope: Scope, problem: Problem) -> str:
    if len(scope.accounts) == 1:
        return f"on {plural(problem.count, 'resource')}" if problem.count > 1 else ""
    names = [scope.by_pk[pk].name for pk in problem.account_pks]
    if len(names) <= PARTS:
        return f"in {' and '.join(names)}"
    return f"in {plural(len(names), 'account')}"


def _continued(words: str) -> str:
    """Return words for inside a sentence; names of AWS keep their capitals."""
    first = words.split(" ", 1)[0]
    is_name = first in NAMES or first[1:] != first[1:].lower() or any(map(str.isdigit, first))
    return words if is_name else words[0].lower() + words[1:]


def _calm(scope: Scope) -> Phrase:
    """Return the sentence of a scope in which nothing severe is open."""
    rows = query.load_open_findings(scope)
    failing = {"sight": rows.having("sight", FAILING), "triage": ~rows.having("triage", Triage.SET_ASIDE)}
    oldest = rows.earliest(FilteredRows(rows, failing, {}).mask())
    if oldest is None:
        return Phrase("No finding is open, as far as could be seen.")
    return Phrase(f"No critical or high finding is open; the oldest finding is {age(oldest, scope.now)} old.")
