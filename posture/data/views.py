"""The page of sensitive data: where it lives, how it is classified, what stands open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.data import pictures, queries
from posture.web.scoping import scope_of

MOST_LINES = 50
"""Accounts drawn at once; a narrower scope shows the rest."""


@require_safe
def data_map(request: HttpRequest) -> HttpResponse:
    """Show the map of account by store kind by classification, what stands open on top."""
    drawn = queries.data_map(scope_of(request))
    kinds, lines = queries.by_account(drawn)
    context = {
        "map": drawn,
        "kinds": kinds,
        "lines": lines[:MOST_LINES],
        "more_lines": max(len(lines) - MOST_LINES, 0),
        "levels": [(level, drawn.totals.get(level.name, 0)) for level in drawn.scheme.levels],
        "sensitive": {level.name for level in drawn.scheme.levels if level.sensitive},
    }
    return render(request, "data/map.html", context)


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """Show what is open by classification, as a piece of the overview that loads by itself."""
    drawn = queries.data_map(scope_of(request))
    risks = queries.risks(drawn)
    title, drawing = pictures.by_classification(request, risks) if risks else ("Data stores", "")
    context = {"map": drawn, "risks": risks, "title": title, "drawing": drawing}
    return render(request, "data/summary.html", context)
