"""The pages on which views are saved, opened and looked after."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import Organization
from posture.pages.findings import saved_views, undo
from posture.pages.findings.models import NAME_MAX, SavedView
from posture.web.scoping import requested_scope, require_user, scope_of, url_in_scope

WRONG = 422
ACTS = ("rename", "update", "share", "unshare", "default", "no_default", "delete")


class ViewForm(forms.Form):
    """The name of a view and, for a new one, what it holds and who has it."""

    name = forms.CharField(label="Name", max_length=NAME_MAX, widget=forms.TextInput(attrs={"class": "form-control"}))
    query = forms.CharField(required=False, widget=forms.HiddenInput)
    is_shared = forms.BooleanField(required=False, label="Share with everybody who sees the organization")
    is_default = forms.BooleanField(required=False, label="Open Findings with this view")


@dataclass(frozen=True, slots=True)
class SavedViewRow:
    """One view as the page shows it."""

    view: SavedView
    url: str
    may_change: bool
    holds: list[str]
    missing: list[str]
    form: ViewForm
    others: int
    """How many other people's lists open with it."""


@require_http_methods(["GET", "HEAD", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """Show the saved views; a POST saves what the list shows as a new one."""
    scope_of(request)  # answers 404 for what the person may not see
    organization = requested_scope(request).organization
    if request.method != "POST":
        return _page(request, organization)
    if organization is None:
        raise Http404("There is no organization to save a view of.")
    form = ViewForm(request.POST)
    view = _saved(request, form, organization) if form.is_valid() else None
    if view is None:
        return _page(request, organization, new=form, status=WRONG)
    if form.cleaned_data["is_default"]:
        saved_views.set_default(require_user(request), view, is_default=True)
    return redirect(saved_views.open_url(request, view))


def _saved(request: HttpRequest, form: ViewForm, organization: Organization) -> SavedView | None:
    sent = form.cleaned_data
    try:
        return saved_views.save(
            require_user(request), organization, sent["name"], sent["query"], is_shared=sent["is_shared"]
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Open a view; a POST renames, updates, shares, deletes it or sets the default."""
    scope_of(request)
    found = saved_views.view_of(request, view_id)
    if request.method != "POST":
        return redirect(saved_views.open_url(request, found))
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise Http404("There is no such act.")
    try:
        return _done(request, found, act)
    except ValidationError as refusal:
        form = ViewForm(request.POST)
        form.is_valid()
        form.add_error(None, refusal)
        return _page(request, found.organization, sent=(found.pk, form), status=WRONG)


def _done(request: HttpRequest, found: SavedView, act: str) -> HttpResponse:
    user = require_user(request)
    if act in {"default", "no_default"}:
        saved_views.set_default(user, found, is_default=act == "default")
        return redirect(url_in_scope(request, "findings:views"))
    saved_views.check_may_change(user, found)
    if act == "delete":
        saved_views.delete(found)
        undo.remember(request, f"The view “{found.name}” was deleted.", "view", view=found.pk)
    elif act == "update":
        saved_views.replace_query(found, request.POST.get("query", ""))
        return redirect(saved_views.open_url(request, found))
    elif act == "rename":
        saved_views.rename(found, request.POST.get("name", ""))
    else:
        saved_views.share(user, found, is_shared=act == "share")
    return redirect(url_in_scope(request, "findings:views"))


def _page(
    request: HttpRequest,
    organization: Organization | None,
    *,
    new: ViewForm | None = None,
    sent: tuple[int, ViewForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = require_user(request)
    known = list(saved_views.visible(user, organization)) if organization else []
    defaults = saved_views.defaults_of_others(user, known)
    rows = [
        SavedViewRow(
            each,
            saved_views.open_url(request, each),
            saved_views.may_change(user, each),
            saved_views.holds(each),
            saved_views.missing(request, each),
            sent[1] if sent and sent[0] == each.pk else ViewForm(initial={"name": each.name}),
            defaults.get(each.pk, 0),
        )
        for each in known
    ]
    context = {
        "private": [row for row in rows if not row.view.is_shared],
        "shared": [row for row in rows if row.view.is_shared],
        "new": new,
        "wrong_view": sent[0] if sent else None,
        "undo": undo.offer(request),
        "views_max": saved_views.VIEWS_MAX,
    }
    return render(request, "findings/views.html", context, status=status)
