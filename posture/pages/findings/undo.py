"""Undo of a person's last change to findings or views, from their session."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from posture.history import query, triage
from posture.history.query import FindingRecord
from posture.history.scope import Scope
from posture.pages.findings import saved_views
from posture.pages.findings.neighbours import position_of
from posture.web.scoping import requested_scope, require_user, scope_of, url_in_scope
from posture.web.templatetags.words import plural

KEY = "findings_undo"
WITHIN = timedelta(minutes=10)
LATE = "It is too late to undo that: nothing was changed."


@dataclass(frozen=True, slots=True)
class Offer:
    """What was done, in a sentence; the page shows it once, with the way back."""

    text: str
    kind: str


def remember(request: HttpRequest, text: str, kind: str, **what: Any) -> None:
    """Remember a change, which replaces the one remembered before."""
    request.session[KEY] = {"text": text, "kind": kind, "at": timezone.now().timestamp(), "is_new": True, **what}


def remember_decision(
    request: HttpRequest, text: str, before: Mapping[int, triage.CapturedDecision], finding_ids: Collection[int]
) -> None:
    """Keep what was decided on findings before, and what is decided now."""
    after = triage.capture(finding_ids)
    remember(
        request, text, "decision",
        before={str(key): value for key, value in before.items()},
        after={str(key): value for key, value in after.items()},
        position=position_of(request),
    )  # fmt: skip


def offer(request: HttpRequest) -> Offer | None:
    """Return what was done just now, once."""
    kept = getattr(request, "session", {}).get(KEY)
    if not kept or not kept["is_new"]:
        return None
    request.session[KEY] = {**kept, "is_new": False}
    return Offer(kept["text"], kept["kind"]) if _is_fresh(kept) else None


def _is_fresh(kept: Mapping[str, Any]) -> bool:
    return timezone.now().timestamp() - float(kept["at"]) < WITHIN.total_seconds()


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Undo the person's last change: all of it, or nothing if it changed since."""
    kept = request.session.pop(KEY, None)
    scope = scope_of(request)
    if kept is None or not _is_fresh(kept):
        messages.warning(request, LATE)
        return redirect(url_in_scope(request, "findings:list"))
    if kept["kind"] == "view":
        return _view_restored(request, kept)
    try:
        with transaction.atomic():
            found = _decision_undone(request, scope, kept)
    except ValidationError as refusal:
        messages.warning(request, f"Nothing was undone. {' '.join(refusal.messages)}")
        return redirect(url_in_scope(request, "findings:list", None, view="all"))
    messages.success(request, f"Undone for {plural(len(found), 'finding')}.")
    if len(found) == 1:
        return redirect(
            url_in_scope(request, "findings:detail", {"finding_id": found[0].finding_id}, **kept.get("position", {}))
        )
    checks = {one.check_id for one in found}
    only = checks.pop() if len(checks) == 1 else ""
    return redirect(url_in_scope(request, "findings:list", None, check=only, group="none", view="all"))


def _decision_undone(request: HttpRequest, scope: Scope, kept: Mapping[str, Any]) -> list[FindingRecord]:
    found = [_finding(scope, int(key)) for key in kept["before"]]
    for one in found:
        key = str(one.finding_id)
        triage.undo(require_user(request), one, kept["before"][key], kept["after"][key])
    return found


def _finding(scope: Scope, finding_id: int) -> FindingRecord:
    try:
        return query.get_finding(scope, finding_id)
    except Http404 as error:
        raise ValidationError("A finding of these is not in the scope that you look at.") from error


def _view_restored(request: HttpRequest, kept: Mapping[str, Any]) -> HttpResponse:
    organization = requested_scope(request).organization
    if organization is None:
        raise Http404("There is no organization.")
    try:
        view = saved_views.restore(require_user(request), organization, int(kept["view"]))
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
        return redirect(url_in_scope(request, "findings:views"))
    messages.success(request, f"The view “{view.name}” is back.")
    return redirect(url_in_scope(request, "findings:views"))
