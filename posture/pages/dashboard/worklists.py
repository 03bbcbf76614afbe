"""The overview's two lists: what got worse, and what to fix first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.http import HttpRequest

from accounts.models import AwsAccount
from posture.checks import problem_of
from posture.core.outcome import TIME_LIMITS, Severity
from posture.history import query
from posture.history.query import FAILING, FilteredRows, Fix, Regression, Triage
from posture.history.scope import Scope
from posture.pages.dashboard.overview import OverviewLine, Todo
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import day, figure, plural, span

LINES = 6
"""Lines of each list; the pages behind them have the rest."""
NAMED = 2
"""Accounts that a line names."""


def worse(request: HttpRequest, found: Sequence[Regression]) -> list[OverviewLine]:
    """Return what got worse: critical first, then lost visibility, then the rest."""
    ordered = sorted(found, key=lambda one: 0 if one.severity == Severity.CRITICAL else 1 if one.kind == "sight" else 2)
    return [_lost(request, one) if one.kind == "sight" else _failing(request, one) for one in ordered[:LINES]]


def _failing(request: HttpRequest, one: Regression) -> OverviewLine:
    if one.count == 1:
        url = url_in_scope(request, "findings:detail", {"finding_id": one.finding_ids[0]})
    else:
        url = url_in_scope(request, "findings:check", {"check_id": one.check_id})
    places = where(one.accounts)
    if one.count == 1:
        detail = f"{', '.join([*one.resources, places])}: {one.reason}"
    else:
        detail = f"{plural(one.count, 'new resource')} in {places}: {_resources(one)}"
    note = "first seen" if one.count > 1 else ""
    return OverviewLine(problem_of(one.check_id), detail, url, one.severity, day(one.since), note)


def _resources(one: Regression) -> str:
    """Return the names of the newest resources, the first few."""
    names = ", ".join(one.resources[:NAMED])
    return f"{names}, …" if one.count > len(one.resources[:NAMED]) else names


def _lost(request: HttpRequest, one: Regression) -> OverviewLine:
    heading = f"{where(one.accounts)}: {plural(one.count, 'listing or field,listings or fields')} can no longer be read"
    return OverviewLine(heading, one.reason, url_in_scope(request, "sweeps:gaps"), None, day(one.since), "lost")


def where(accounts: Sequence[AwsAccount]) -> str:
    """Return the names of accounts, the first few."""
    names = ", ".join(one.name for one in accounts[:NAMED])
    more = len(accounts) - NAMED
    return f"{names} and {plural(more, 'more account,more accounts')}" if more > 0 else names


def fixes(request: HttpRequest, scope: Scope, found: Sequence[Fix]) -> list[Todo]:
    """Return what to fix first."""
    return [_fix(request, scope, one) for one in found[:LINES]]


def _fix(request: HttpRequest, scope: Scope, one: Fix) -> Todo:
    severity = Severity(one.severity)
    opened = _oldest(scope, one.check_id)
    due = opened + TIME_LIMITS[severity] if opened else None
    return Todo(
        title=problem_of(one.check_id),
        detail=" · ".join([f"{plural(one.resources, 'resource')} in {plural(one.accounts, 'account')}", *_why(one)]),
        url=url_in_scope(request, "findings:check", {"check_id": one.check_id}),
        severity=severity,
        due="" if due is None else f"{span(scope.now - due)} late" if due <= scope.now else f"due {day(due)}",
        is_late=due is not None and due <= scope.now,
        points=f"+{one.gain:.1f}" if one.gain >= 0.05 else "<0.1",  # noqa: PLR2004 - what one decimal can show
    )


def _oldest(scope: Scope, check_id: str) -> datetime | None:
    """Return when the oldest failing finding of a check opened, not set aside."""
    rows = query.load_open_findings(scope)
    failing = {
        "check": rows.having("check", {check_id}),
        "sight": rows.having("sight", FAILING),
        "triage": ~rows.having("triage", Triage.SET_ASIDE),
    }
    return rows.earliest(FilteredRows(rows, failing, {}).mask())


def _why(one: Fix) -> Iterator[str]:
    """Yield what moves a fix up or down the list besides its points."""
    if one.exposes:
        yield "outsiders can reach it" if one.resources == 1 else "outsiders can reach them"
    if one.sensitive:
        yield f"{figure(one.sensitive)} with sensitive data"
    if one.idle >= one.resources:
        yield "nothing known there that it would protect"
    elif one.idle:
        yield f"nothing known to protect at {figure(one.idle)} of them"
