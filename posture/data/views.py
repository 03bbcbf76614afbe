"""The page of sensitive data: where it lives, how it is classified, what stands open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.data import queries
from posture.web.scoping import scope_of

MOST_ROWS = 200
"""Rows drawn at once; a narrower scope shows the rest."""


@require_safe
def data_map(request: HttpRequest) -> HttpResponse:
    """Show the map of account by store kind by classification, what stands open on top."""
    drawn = queries.data_map(scope_of(request))
    levels = drawn.scheme.levels
    context = {
        "map": drawn,
        "levels": levels,
        "sensitive": {level.name for level in levels if level.sensitive},
        "rows": drawn.rows[:MOST_ROWS],
        "more_rows": max(len(drawn.rows) - MOST_ROWS, 0),
        "totals": [(level.name, drawn.totals.get(level.name, 0)) for level in levels],
    }
    return render(request, "data/map.html", context)


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """Show what stands open by classification, as a piece of the overview that loads by itself."""
    drawn = queries.data_map(scope_of(request))
    return render(request, "data/summary.html", {"map": drawn, "risks": queries.risks(drawn)})
