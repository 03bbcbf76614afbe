"""The page of data: where it is, how it is classified, and what lets others in."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.pages.data import charts, queries
from posture.pages.data.exposure import WORDS, Way
from posture.web import parameters
from posture.web.scoping import scope_of

PER_PAGE = 12
"""Open stores listed at once."""
MOST_LINES = 50
"""Accounts in the table of accounts and kinds; a narrower scope shows the others."""


@require_safe
def data_map(request: HttpRequest) -> HttpResponse:
    """Show what lets others in, stores by kind, classification and account, and each open store."""
    scope = scope_of(request)
    drawn = queries.data_map(scope)
    chosen = _chosen(request)
    listed = Paginator([one for one in drawn.openings if chosen.has(one)], PER_PAGE)
    where = charts.places(request, scope)
    kinds, lines = queries.by_account(drawn)
    context = {
        "map": drawn,
        "chosen": chosen,
        "chosen_words": _words(drawn, chosen),
        "openings": listed.get_page(parameters.number(request, "page", 1, least=1)),
        "ways_in": charts.ways_in(request, drawn, where, chosen),
        "by_kind": charts.by_kind(request, drawn) if drawn.stores else None,
        "by_place": charts.by_place(drawn, where) if drawn.stores else None,
        "kinds": kinds,
        "lines": lines[:MOST_LINES],
        "more_lines": max(len(lines) - MOST_LINES, 0),
    }
    return render(request, "data/map.html", context)


def _chosen(request: HttpRequest) -> charts.Chosen:
    way = parameters.choice(request, "way", list(Way))
    return charts.Chosen(way, parameters.text(request, "kind"), parameters.text(request, "level"))


def _words(drawn: queries.DataMap, chosen: charts.Chosen) -> str:
    """Return what part of the open stores is chosen, in words; empty for all."""
    names = {row.kind.resource_type: row.kind.plural for row in drawn.rows}
    level = "" if chosen.level == charts.NO_LEVEL else chosen.level
    parts = [
        names.get(chosen.kind, chosen.kind) if chosen.kind else "",
        charts.level_name(level) if chosen.level else "",
        WORDS[Way(chosen.way)].name if chosen.way else "",
    ]
    return ", ".join(part for part in parts if part)


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """Show what is open by classification, as a piece of the overview that loads by itself."""
    drawn = queries.data_map(scope_of(request))
    risks = queries.risks(drawn)
    context = {"map": drawn, "panel": charts.by_classification(request, risks) if risks else None}
    return render(request, "data/summary.html", context)
