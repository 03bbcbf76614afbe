"""The pages of coverage: which of AWS's own tools watches where, and what they leave uncovered."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import account_seen_by
from posture.core.coverage import tools
from posture.coverage import charts, pictures, queries
from posture.history.scope import Scope
from posture.web.parameters import number
from posture.web.scoping import kept_here, scope_of, signed_in

MOST_ACCOUNTS = 20
"""Accounts on one page of the matrix."""


@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Show the matrix of account by tool by region."""
    scope = scope_of(request)
    drawn = queries.totals(scope)
    page = Paginator(drawn.accounts, MOST_ACCOUNTS).get_page(number(request, "page", 1, least=1))
    context = {
        "matrix": drawn,
        "tools": tools(),
        "page": page,
        "rows": queries.part(scope, list(page.object_list)),
        "compare_to": scope.compare_to,
    }
    return render(request, "coverage/matrix.html", context)


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """Show the matrix summed up by unit, as a piece of the overview that loads by itself."""
    units = kept_here(request, "units", lambda: queries.by_unit(queries.matrix(scope_of(request))))
    title, drawing = pictures.by_unit(request, units) if units else ("AWS tools", "")
    return render(request, "coverage/summary.html", {"units": units, "title": title, "drawing": drawing})


@require_safe
def through_time(request: HttpRequest) -> HttpResponse:
    """Show coverage through time, as a piece of a page that loads by itself, or as a page of its own."""
    drawn = charts.through_time(scope_of(request))
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, "coverage/time_part.html" if is_part else "coverage/time.html", {"drawn": drawn})


@require_safe
def account(request: HttpRequest, account_id: str) -> HttpResponse:
    """Show one account: each tool in each region, in words."""
    seen, asked = account_seen_by(signed_in(request), account_id), scope_of(request)
    scope = Scope.of(
        signed_in(request), seen.organization, account=seen, as_of=asked.as_of, compare_to=asked.compare_to
    )
    drawn = queries.matrix(scope)
    row = drawn.rows[0] if drawn.rows else None
    return render(request, "coverage/account.html", {"account": seen, "row": row, "regions": drawn.regions})
