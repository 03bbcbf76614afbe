"""Coverage pages: which of AWS's own tools are on where, and their gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import account_seen_by
from accounts.models import AwsAccount
from posture.core.coverage import Tool, tools
from posture.history.scope import Scope
from posture.pages.coverage import charts, heat_map, queries, state_grid, tables, trend
from posture.pages.coverage.filters import TOOLS, CoverageSelection
from posture.pages.coverage.matrix import AccountRow, by_unit, unit_id
from posture.pages.coverage.totals import CoverageTotals, GapSummary
from posture.web import parameters
from posture.web.daily import describe_readings, is_daily
from posture.web.lists import TablePage
from posture.web.pages import DetailPage
from posture.web.scoping import cache_for_page, require_user, scope_of, url_in_scope
from posture.web.tables import Table
from posture.web.templatetags.words import figure, joined, plural

MARKS_ACCOUNTS, MARKS_REGIONS = 60, 4
"""Maximum accounts and regions for a mark per account-region and tool."""
FIRST_GAPS = 8
"""Gaps that are shown before the rest is unfolded."""


@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Show account-regions by tool: as marks if few, else a heat map of one tool."""
    scope = scope_of(request)
    totals, rows = _read(scope)
    chosen = parameters.choice(request, "tool", TOOLS)
    has_marks = rows is not None and len(totals.regions) <= MARKS_REGIONS
    shown = TOOLS[chosen or _worst(totals).id]
    context: dict[str, Any] = {
        "totals": totals,
        "tools": tools(),
        "chosen": chosen if has_marks else shown.id,
        "has_marks": has_marks,
        "heading": _heading(totals, shown) if chosen or not has_marks else "",
        "compare_to": scope.compare_to,
        **_daily(scope),
        "gaps": _gaps(request, totals),
        "first_gaps": FIRST_GAPS,
        "off": totals.grid.off_anywhere(),
        "off_times": sum(one.off for one in totals.summaries),
        "unknown_times": sum(one.unknown for one in totals.summaries),
        "partly_times": sum(one.partly for one in totals.summaries),
        "runs": sum(runs.count("1") for runs in totals.grid.runs.values()),
        "states": {state: url_in_scope(request, "coverage:list", None, state=state) for state in state_grid.LETTERS},
    }
    if has_marks and rows is not None:
        context["units"] = charts.by_account(rows, chosen)
    elif totals.accounts:
        unit = parameters.text(request, "unit")
        context |= {"tool": shown, "heat": heat_map.heat(request, scope, totals.grid, shown, unit)}
    return render(request, "coverage/matrix.html", context)


def _daily(scope: Scope) -> dict[str, Any]:
    """Return the tools whose state is read once a day, and when it was."""
    daily = [tool for tool in tools() if any(map(is_daily, tool.reads))]
    read = describe_readings(scope, {kind for tool in daily for kind in tool.reads})
    return {"daily": joined([tool.title for tool in daily]), "read_daily": read}


def _read(scope: Scope) -> tuple[CoverageTotals, Sequence[AccountRow] | None]:
    """Return the totals of the matrix, and its rows if they are few."""
    if len(scope.accounts) <= MARKS_ACCOUNTS:
        return queries.totals_and_rows(scope)
    return queries.totals(scope), None


def _worst(totals: CoverageTotals) -> Tool:
    """Return the tool that is off in most account-regions where something runs."""
    return max(totals.summaries, key=lambda one: (one.off, one.partly + one.unknown)).tool


def _heading(totals: CoverageTotals, tool: Tool) -> str:
    """Return the title of a page about one tool."""
    one = next(each for each in totals.summaries if each.tool.id == tool.id)
    running = totals.grid.running(tool)
    if not one.off:
        return f"{tool.title} is off nowhere that something runs"
    return f"{tool.title} is off in {figure(one.off)} of {plural(running, _noun(tool))} where something runs"


def _gaps(request: HttpRequest, totals: CoverageTotals) -> list[tuple[str, GapSummary, str]]:
    """Return gaps as sentences, each with the URL of its list."""
    verbs = {"off": "is off", "partly": "is partly on", "unknown": "could not be seen"}
    return [
        (
            f"{gap.tool.title} {verbs[gap.state]} in {plural(gap.locations, _noun(gap.tool))} where something runs",
            gap,
            url_in_scope(request, "coverage:list", None, tool=gap.tool.id, state=gap.state),
        )
        for gap in totals.gaps
    ]


def _noun(tool: Tool) -> str:
    return "account-region" if tool.regional else "account"


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """Show the matrix by unit, as a part of the overview that loads by itself."""
    units = cache_for_page(request, "units", lambda: by_unit(queries.matrix(scope_of(request))))
    return render(request, "coverage/summary.html", {"panel": charts.by_unit(request, units) if units else None})


@require_safe
def through_time(request: HttpRequest) -> HttpResponse:
    """Show coverage through time, as a part that loads by itself or as a page."""
    scope = scope_of(request)
    drawn = trend.through_time(request, scope, _read(scope)[0])
    is_part = bool(request.headers.get("HX-Request"))
    context = {"drawn": drawn, "compare_to": scope.compare_to}
    return render(request, "coverage/time_part.html" if is_part else "coverage/time.html", context)


class AccountCoveragePage(DetailPage[AwsAccount]):
    """One account: each tool in each region."""

    template_name, name = "coverage/account.html", "account"

    def load(self) -> AwsAccount:
        return account_seen_by(require_user(self.request), self.kwargs["account_id"])

    def context(self) -> dict[str, Any]:
        user, account, asked = require_user(self.request), self.thing, self.scope
        scope = Scope.of(user, account.organization, account=account, as_of=asked.as_of, compare_to=asked.compare_to)
        drawn = queries.matrix(scope)
        row = drawn.rows[0] if drawn.rows else None
        return {
            "title": charts.account_title(row) if row else "",
            "lines": charts.of_account(row) if row else (),
            "regions": drawn.regions,
            **_daily(scope),
        }


class AccountRegionList(TablePage):
    """Account-regions, filtered by tool, state, region and unit."""

    heading = "Account-regions"
    noun = "account-region"
    table = tables.AccountRegionTable
    template_name = "coverage/list.html"

    def rows(self) -> Sequence[tables.AccountRegion]:
        self.totals = _read(self.scope)[0]
        self.chosen = CoverageSelection.of(self.request, self.totals.regions)
        return tables.account_regions(self.scope, self.totals.grid, self.chosen)

    def make_table(self, rows: Any) -> Table:
        return tables.AccountRegionTable(rows, scope=self.scope)

    def context(self) -> dict[str, Any]:
        units = {unit_id(each): each.unit.name if each.unit else "No unit" for each in self.scope.accounts}
        return {
            "chosen": self.chosen,
            "choices": self.chosen.choices(self.totals.regions, units),
            "title": self.chosen.title(units),
        }
