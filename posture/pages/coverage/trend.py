"""Each tool's coverage through time as a small chart, with today's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest
from django.utils.safestring import SafeString

from posture.core.coverage import Tool
from posture.drawing import multiples
from posture.history import query
from posture.history.query import CoverageDay
from posture.history.scope import Scope
from posture.pages.coverage.matrix import ToolSummary
from posture.pages.coverage.totals import CoverageTotals
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, joined, percent, plural

CHART_DAYS = 90
NAMED = 3
"""Tools that the title names."""


@dataclass(frozen=True, slots=True)
class ToolTrend:
    """One tool: its chart, its figures and where they lead."""

    tool: Tool
    drawing: SafeString
    share: str
    count: str
    change: int | None
    """Account-regions gained since the time of comparison; None if unknown."""
    facts: Sequence[tuple[str, str]]
    """What is uncovered in words, each with the URL of its list."""
    url: str
    uncovered: float


@dataclass(frozen=True, slots=True)
class Trend:
    """The small charts with their title; `days` counts days with a sweep."""

    title: str
    small: Sequence[ToolTrend]
    days: int
    note: str = ""
    """The share of the scope not seen on the last day and on the first."""


def through_time(request: HttpRequest, scope: Scope, totals: CoverageTotals) -> Trend:
    """Draw the last 90 days, or since the date of comparison, most uncovered first."""
    start = min(scope.now - timedelta(days=CHART_DAYS), scope.compare_to)
    series = query.load_coverage_series(scope, start, scope.now)
    found = [_small(request, scope, one, series.tools.get(one.tool.id, ())) for one in totals.summaries if one.total]
    found.sort(key=lambda one: -one.uncovered)
    return Trend(_title(found), found, len(series.days), _unseen(series.visible))


def _unseen(seen: Sequence[float]) -> str:
    """Return the share of the scope not seen in words, empty if all was seen."""
    if not seen or seen[-1] == 1 == seen[0]:
        return ""
    return f"{percent(1 - seen[-1])} of the scope could not be seen; {percent(1 - seen[0])} at the start."


def _title(found: Sequence[ToolTrend]) -> str:
    worst = [one.tool.title for one in found if one.uncovered >= 1][:NAMED]
    if not found:
        return "Tools"
    if not worst:
        return "Every tool is fully on wherever something runs"
    if len(worst) == 1:
        return f"{worst[0]} leaves most uncovered"
    return f"{joined(worst)} leave most uncovered"


def _small(request: HttpRequest, scope: Scope, one: ToolSummary, days: Sequence[CoverageDay]) -> ToolTrend:
    since = scope.compare_to.date()
    label = f"{one.tool.title}: on in {one.on} of {plural(one.total, 'account-region')}"
    drawn = multiples.draw(
        [multiples.ShareDay(day.day, day.on, day.partly, day.unknown, day.off) for day in days],
        multiples.CurrentShare(one.on, one.partly, one.unknown, one.off, one.empty),
        label,
        since,
    )
    return ToolTrend(
        one.tool,
        drawn,
        percent(one.share),
        f"{figure(one.on)} of {figure(one.total)} on",
        _change(days, one.on, since),
        _facts(request, one),
        url_in_scope(request, "coverage:matrix", None, tool=one.tool.id) + "#matrix",
        one.off + one.partly / 2 + one.unknown,
    )


def _change(days: Sequence[CoverageDay], now: int, since: date) -> int | None:
    before = [day for day in days if day.day <= since and day.locations]
    return now - before[-1].on if before else None


def _facts(request: HttpRequest, one: ToolSummary) -> list[tuple[str, str]]:
    """Return what is uncovered in words, most important first."""
    parts = [
        (one.off, "off", f"off in {figure(one.off)} where something runs"),
        (one.partly, "partly", f"partly on in {figure(one.partly)}"),
        (one.unknown, "unknown", f"{figure(one.unknown)} not seen"),
        (one.empty, "empty", f"off in {figure(one.empty)} where nothing runs"),
    ]
    shown = [
        (words, url_in_scope(request, "coverage:list", None, tool=one.tool.id, state=state))
        for number, state, words in parts
        if number
    ]
    everywhere = url_in_scope(request, "coverage:list", None, tool=one.tool.id)
    return shown or [("on everywhere", everywhere)]
