"""What checks could not judge although its resource was listed.

No gap names a field that AWS leaves out, and the share of the estate that could not be seen counts listings alone. Yet
each such judgement widens the band of the score, so the score says how many there are and why.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q
from django.http import HttpRequest

from posture.core.check import REFUSED, REFUSED_BEFORE_RELEASE
from posture.history import query
from posture.history.query import FilteredRows, Triage, of_accounts
from posture.history.scope import Scope
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural


@dataclass(frozen=True, slots=True)
class Counted:
    """Numbers of checks, resources and findings that are unknown.

    `refused` findings are named by gaps as well.
    """

    checks: int
    resources: int
    findings: int
    refused: int


@dataclass(frozen=True, slots=True)
class Unjudged:
    """The same in words, with where the findings are listed."""

    words: str
    why: str
    url: str


def of_scope(request: HttpRequest, scope: Scope) -> Unjudged | None:
    """Return what checks could not judge; None where they judged everything."""
    found = query.get_or_compute(scope, "unjudged", lambda: _counted(scope))
    if not found.findings:
        return None
    words = f"{plural(found.checks, 'check')} could not judge {plural(found.resources, 'resource')}"
    if found.findings != found.resources:
        words += f" ({plural(found.findings, 'finding')})"
    return Unjudged(words, _why(found), url_in_scope(request, "findings:list", status="unknown"))


def _why(found: Counted) -> str:
    if not found.refused:
        return "AWS left the field out of its answer"
    if found.refused == found.findings:
        return "the read was refused or failed"
    left_out = found.findings - found.refused
    return (
        f"AWS left the field out for {figure(left_out)}, and the read was refused or failed for {figure(found.refused)}"
    )


def _counted(scope: Scope) -> Counted:
    rows = query.load_open_findings(scope)
    # As the list of findings shows them: what people set aside is in neither.
    unknown = {"sight": rows.having("sight", {"unknown"}), "triage": ~rows.having("triage", Triage.SET_ASIDE)}
    left = FilteredRows(rows, unknown, {}).left()
    if not len(left):
        return Counted(0, 0, 0, 0)
    accounts: list[int] = np.unique(left.account).tolist()
    findings = (
        of_accounts(query.findings(scope), accounts).filter(status="unknown").exclude(triage__in=Triage.SET_ASIDE)
    )
    counted = findings.order_by().aggregate(
        checks=Count("check_id", distinct=True),
        resources=Count("resource_id", distinct=True),
        findings=Count("finding_id"),
        refused=Count("finding_id", filter=Q(reason__contains=REFUSED) | Q(reason__contains=REFUSED_BEFORE_RELEASE)),
    )
    return Counted(**counted)
