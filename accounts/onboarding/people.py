"""The pages by which admins say who may log in and what each person owns."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import admin_required
from accounts.models import Role, User
from accounts.onboarding.forms import PersonForm, is_last_admin
from posture.observability import security
from posture.web.scoping import url_in_scope


@admin_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List everybody who may log in."""
    rows = User.objects.prefetch_related("ownerships__account", "ownerships__unit")
    people = list(rows.order_by("-is_active", "role", "username"))
    context = {"people": people, "active": sum(one.is_active for one in people)}
    return render(request, "onboarding/people.html", context)


@admin_required
def person(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change a person."""
    user = get_object_or_404(User, pk=pk) if pk else None
    before = access_of(user) if request.method == "POST" else {}
    form = PersonForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        _log(request, saved, before, form)
        messages.success(request, f"{saved.username} is saved.")
        return redirect(url_in_scope(request, "onboarding:people"))
    context = {"form": form, "person": user, "is_self": user == request.user}
    return render(request, "onboarding/person.html", context)


@admin_required
@require_POST
def access(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a person's access away, or give it back.

    What they own and decided stays either way.
    """
    user = get_object_or_404(User, pk=pk)
    allowed = request.POST.get("access") == "give"
    if not allowed and user.role == Role.ADMIN and is_last_admin(user):
        messages.error(request, "This is the only admin: make somebody else an admin first.")
    elif user.is_active != allowed:
        User.objects.filter(pk=pk).update(is_active=allowed)
        security.record("access_changed", request, target=user.username, before=not allowed, after=allowed)
        done = "may log in again" if allowed else "is logged out and cannot log in. You can give the access back below"
        messages.success(request, f"{user.username} {done}.")
    return redirect(url_in_scope(request, "onboarding:person", {"pk": pk}))


EVENTS = {"role": "role_changed", "owns": "owner_changed"}
"""What changes of a person are security events."""


def access_of(user: User | None) -> dict[str, Any]:
    """Return what a person may do and owns; empty for one who is being added."""
    if user is None:
        return {}
    owned = user.ownerships.select_related("account", "unit")
    names = [one.account.account_id if one.account else one.unit.ou_id if one.unit else "" for one in owned]
    return {"role": str(user.role), "owns": sorted(names)}


def _log(request: HttpRequest, saved: User, before: dict[str, Any], form: PersonForm) -> None:
    after = access_of(saved)
    if not before:
        security.record("person_added", request, target=saved.username, after=after["role"])
    for name, event in EVENTS.items():
        if before.get(name) != after[name] and (before or name == "owns"):
            security.record(event, request, target=saved.username, before=before.get(name, []), after=after[name])
    if before and form.cleaned_data["password"]:
        security.record("password_set", request, target=saved.username)
