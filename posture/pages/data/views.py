"""The data page: stores, their classification and exposure."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.pages.data import charts, queries
from posture.pages.data.exposure import EXPOSURE_WORDS, DataExposure
from posture.pages.data.exposure_chart import exposure_chart
from posture.pages.data.filters import StoreFilters
from posture.pages.data.holders import holders
from posture.pages.data.levels import NO_LEVEL, level_name
from posture.web import parameters
from posture.web.scoping import scope_of

PER_PAGE = 12
"""Open stores listed at once."""
LINES_MAX = 50
"""Accounts in the table of accounts and kinds."""


@require_safe
def data_map(request: HttpRequest) -> HttpResponse:
    """Show stores by exposure, kind, classification and account, and open ones."""
    scope = scope_of(request)
    drawn = queries.data_map(scope)
    chosen = StoreFilters.of(request)
    listed = Paginator([one for one in drawn.open_stores if chosen.has(one)], PER_PAGE)
    where = holders(request, scope)
    kinds, lines = queries.by_account(drawn)
    context = {
        "map": drawn,
        "chosen": chosen,
        "chosen_words": _words(drawn, chosen),
        "open_stores": listed.get_page(parameters.number(request, "page", 1, least=1)),
        "exposure_chart": exposure_chart(request, drawn, where, chosen),
        "by_kind": charts.by_kind(request, drawn) if drawn.stores else None,
        "by_holder": charts.by_holder(drawn, where) if drawn.stores else None,
        "kinds": kinds,
        "lines": lines[:LINES_MAX],
        "more_lines": max(len(lines) - LINES_MAX, 0),
    }
    return render(request, "data/map.html", context)


def _words(drawn: queries.DataMap, chosen: StoreFilters) -> str:
    """Return the filters in words; empty for all."""
    names = {row.kind.resource_type: row.kind.plural for row in drawn.rows}
    level = "" if chosen.level == NO_LEVEL else chosen.level
    parts = [
        names.get(chosen.kind, chosen.kind) if chosen.kind else "",
        level_name(level) if chosen.level else "",
        EXPOSURE_WORDS[DataExposure(chosen.exposure)].name if chosen.exposure else "",
    ]
    return ", ".join(part for part in parts if part)


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """Show open stores by classification, as a part of the overview."""
    drawn = queries.data_map(scope_of(request))
    risks = queries.risks(drawn)
    context = {"map": drawn, "panel": charts.by_classification(request, risks) if risks else None}
    return render(request, "data/summary.html", context)
