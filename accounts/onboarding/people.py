"""The pages by which admins say who may log in and what each person owns."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.access import admin_required
from accounts.models import User
from accounts.onboarding.forms import PersonForm


@admin_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List everybody who may log in."""
    rows = User.objects.prefetch_related("ownerships__account", "ownerships__unit").order_by("role", "username")
    return render(request, "onboarding/people.html", {"people": rows})


@admin_required
def person(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change a person."""
    user = get_object_or_404(User, pk=pk) if pk else None
    form = PersonForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"{saved.username} is saved.")
        return redirect("onboarding:people")
    return render(request, "onboarding/person.html", {"form": form, "person": user})
