"""Decisions on findings: one, or several at once."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from posture.history import query
from posture.history.query import FindingRecord
from posture.history.scope import Scope
from posture.history.triage import capture, may_triage
from posture.pages.findings import forms, undo
from posture.pages.findings.finding_page import show_finding
from posture.pages.findings.forms import DECISIONS, DecisionForm
from posture.pages.findings.neighbours import position_of
from posture.web.parameters import integers
from posture.web.scoping import require_user, scope_of, url_in_scope
from posture.web.tables import PER_PAGE_MAX
from posture.web.templatetags.words import plural

UNPROCESSABLE = 422
FOR_SEVERAL = ("assign", "start", "accept", "false_positive", "reopen")
PAST = "Decisions are made in the present: leave the date in the past first."


@require_POST
def triage(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Decide on one finding; return the changed part of its page, or redirect."""
    scope = scope_of(request)
    finding = query.get_finding(scope, finding_id)
    name = _name_of(request)
    made = forms.maker([finding.account], scope.now, request.POST, name)(name)
    if not _applied(request, scope, made, [finding], name):
        return show_finding(request, scope, finding, sent=made, name=name)
    if request.headers.get("HX-Request"):
        return show_finding(request, scope, query.get_finding(scope, finding_id), said=_done_words(made))
    if name not in FOR_SEVERAL:
        messages.success(request, _done_words(made))
    return redirect(url_in_scope(request, "findings:detail", {"finding_id": finding_id}, **position_of(request)))


@require_POST
def triage_many(request: HttpRequest) -> HttpResponse:
    """Ask what to do with the selected findings, and do it to all of them or to none."""
    scope, user = scope_of(request), require_user(request)
    found = _selected(request, scope)
    if not found:
        messages.warning(request, "Select the findings to decide on first.")
        return redirect(url_in_scope(request, "findings:list", group="none"))
    if not all(may_triage(user, finding) for finding in found):
        raise PermissionDenied("Executives read findings; their owners and admins decide on them.")
    name = request.POST.get("decision", "")
    make = forms.maker({one.account for one in found}, scope.now, request.POST, name)
    offered = {each: make(each) for each in FOR_SEVERAL}
    if name in offered and _applied(request, scope, offered[name], found, name):
        return redirect(_back(request, found))
    context = {"findings": found, "decisions": offered, "open_decision": name}
    return render(request, "findings/decide.html", context, status=UNPROCESSABLE if name else 200)


def _name_of(request: HttpRequest) -> str:
    name = request.POST.get("decision", "")
    if name not in DECISIONS:
        raise Http404("There is no such decision.")
    return name


def _selected(request: HttpRequest, scope: Scope) -> list[FindingRecord]:
    sent = request.POST.getlist("finding")[:PER_PAGE_MAX]
    found = query.findings(scope).filter(finding_id__in=integers(sent))
    return list(found.select_related("account__organization", "account__unit"))


def _done_words(decision: DecisionForm) -> str:
    return f"Done: {decision.button.lower()}."


def _applied(request: HttpRequest, scope: Scope, decision: DecisionForm, found: list[FindingRecord], name: str) -> bool:
    """Apply a decision to all findings, or to none and put errors on the form."""
    if not decision.is_valid():
        return False
    if scope.as_of is not None:
        decision.add_error(None, PAST)
        return False
    ids = [finding.finding_id for finding in found]
    before = capture(ids)
    try:
        with transaction.atomic():
            for finding in found:
                decision.apply(require_user(request), finding)
    except ValidationError as refusal:
        for field, said in refusal.message_dict.items():
            decision.add_error(field if field in decision.fields else None, said)
        return False
    if name in FOR_SEVERAL:
        many = f" for {plural(len(found), 'finding')}" if len(found) > 1 else ""
        undo.remember_decision(request, f"Done{many}: {decision.button.lower()}.", before, ids)
    return True


def _back(request: HttpRequest, found: list[FindingRecord]) -> str:
    checks = {one.check_id for one in found}
    return url_in_scope(request, "findings:list", check=checks.pop() if len(checks) == 1 else "", group="none")
