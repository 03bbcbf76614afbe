"""The practices, who has which duty, and how others' frameworks stand by our checks."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.frameworks import all_frameworks
from posture.practices import queries, standing
from posture.web.parameters import choice
from posture.web.scoping import scope_of


@require_safe
def practice_list(request: HttpRequest) -> HttpResponse:
    """Show every practice, and the frameworks."""
    scope = scope_of(request)
    context = {"practices": queries.practices(scope), "frameworks": queries.frameworks(scope)}
    return render(request, "practices/list.html", context)


@require_safe
def detail(request: HttpRequest, practice_id: str) -> HttpResponse:
    """Show one practice: its checks, its worst findings, and whose duty they are."""
    scope = scope_of(request)
    practice = next((one for one in queries.practices(scope) if one.control.id == practice_id), None)
    if practice is None:
        raise Http404("There is no such practice.")
    rows = queries.check_rows(scope, practice.control.reference)
    context = {
        "practice": practice,
        "rows": rows,
        "judging": [row for row in rows if row.state != "unused"],
        "idle": [row for row in rows if row.state == "unused"],
        "sum": standing.summed(rows),
        "shared": sum(row.is_shared for row in rows),
        "places": queries.places(scope, practice.control.reference),
        "worst": queries.worst(scope, practice.control.reference),
    }
    return render(request, "practices/detail.html", context)


@require_safe
def responsibility(request: HttpRequest) -> HttpResponse:
    """Show, for each service in use, what is AWS's, what is shared and what is the customer's."""
    return render(request, "practices/responsibility.html", {"rows": queries.service_rows(scope_of(request))})


@require_safe
def framework(request: HttpRequest, framework_id: str) -> HttpResponse:
    """Show a framework's controls in order, also those that nothing here judges."""
    scope, known = scope_of(request), all_frameworks().get(framework_id)
    if known is None or known.id == queries.PRACTICES:
        raise Http404("There is no such framework.")
    rows = queries.controls(scope, known)
    state = choice(request, "state", standing.STATES)
    context = {
        "framework": known,
        "counts": standing.counts(rows),
        "words": standing.STATES,
        "state": state,
        "rows": [row for row in rows if not state or row.state == state],
        "total": len(rows),
    }
    return render(request, "practices/framework.html", context)
