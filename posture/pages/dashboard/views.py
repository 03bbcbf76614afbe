"""The executive overview, and how its score is made."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import visits
from posture.history import query
from posture.pages.dashboard import formula, losses, queries, unjudged
from posture.web.pictures import Panel
from posture.web.scoping import requested_scope, require_user, scope_of


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show the overview: score, trend, problems and what to fix first."""
    scope = scope_of(request)
    found = queries.overview(request, scope) if scope.accounts else None
    return render(request, "dashboard/overview.html", {"overview": found})


@require_safe
def period(request: HttpRequest) -> HttpResponse:
    """Show the period's figures: a part of the overview, or a page without script."""
    scope = scope_of(request)
    found = queries.period(request, scope) if scope.accounts else None
    template = "dashboard/period.html" if getattr(request, "htmx", None) else "dashboard/period_page.html"
    return render(request, template, {"period": found, "compare_to": scope.compare_to})


@require_safe
def visit(request: HttpRequest) -> HttpResponse:
    """Show what is new to the person since their last visit: a part of the overview."""
    scope = scope_of(request)
    if not scope.accounts or scope.organization is None:
        raise Http404("Nothing is connected yet.")
    previous = visits.record_visit(require_user(request), scope.organization, timezone.now())
    news = queries.news(request, scope, previous) if previous else []
    return render(request, "dashboard/visit.html", {"previous": previous, "news": news})


@require_safe
def score(request: HttpRequest) -> HttpResponse:
    """Show the formula of the score with the scope's own figures."""
    scope, what = scope_of(request), requested_scope(request)
    account = formula.of_account(scope) if len(scope.accounts) == 1 else None
    several = formula.of_several(scope) if len(scope.accounts) > 1 else None
    band = (account or several or formula.NOTHING).band
    context = {
        "name": what.account or what.unit or what.organization,
        "account": account,
        "several": several,
        "sum": formula.FormulaSum(band) if band else None,
        "losses": _losses(request, account, several) if band else None,
        "unjudged": unjudged.of_scope(request, scope) if band else None,
        "blind_share": query.load_blind_share(scope).share if band else 0.0,
    }
    return render(request, "dashboard/score.html", context)


def _losses(
    request: HttpRequest, account: formula.AccountFormula | None, several: formula.MeanFormula | None
) -> Panel | None:
    if account is not None:
        return losses.of_account(request, account)
    return losses.of_several(request, several) if several is not None else None
