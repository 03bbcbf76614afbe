"""Changes the external id step by step.

Until it is completed, roles that know either of the two can be assumed.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import admin_required
from accounts.models import Organization, new_external_id
from accounts.onboarding.views import spec_of
from posture import permissions
from posture.observability import security
from posture.web.scoping import url_in_scope

STEP = "New external id"
"""The step of the connection test that says where the new id is accepted."""


@admin_required
@require_safe
def rotation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far the change of the external id has come, and what is next."""
    organization = get_object_or_404(Organization, pk=pk)
    context = {
        "organization": organization,
        "is_ours": organization.role_origin == Organization.RoleOrigin.TEMPLATE,
        "trust": permissions.trust_policy(spec_of(organization), organization.partition),
        "accepted": accepted(organization),
    }
    return render(request, "onboarding/rotation.html", context)


def accepted(organization: Organization) -> dict[str, Any] | None:
    """Return what the last connection test says of the new id.

    None where it has not been tried.
    """
    test = organization.connection_tests.exclude(ended_at=None).first()
    if test is None or not organization.next_external_id:
        return None
    found: dict[str, Any] | None = next((step for step in test.steps if step["name"] == STEP), None)
    return found


@admin_required
@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a new external id; the old one stays in use until the change is completed."""
    organization = get_object_or_404(Organization, pk=pk)
    # In one statement: an id that somebody has deployed by now must not be replaced by another.
    begun = Organization.objects.filter(pk=pk, next_external_id="").update(next_external_id=new_external_id())
    if begun:
        security.record("rotation_started", request, target=organization.name)
        # What was tested before says nothing of the new id.
        organization.connection_tests.all().delete()
    return redirect(url_in_scope(request, "onboarding:rotation", {"pk": pk}))


@admin_required
@require_POST
@transaction.atomic
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Complete the change, or cancel it."""
    organization = get_object_or_404(Organization.objects.select_for_update(), pk=pk)
    was_under_way, event = bool(organization.next_external_id), "rotation_cancelled"
    if request.POST.get("end") == "complete" and organization.next_external_id:
        step = accepted(organization)
        if not (step and step["ok"]) and request.POST.get("confirm", "").strip() != organization.name:
            messages.error(
                request,
                "Not every account is known to accept the new id. Test the connection first, or type the "
                f"organization's name, {organization.name}, to complete the change anyway.",
            )
            return redirect(url_in_scope(request, "onboarding:rotation", {"pk": pk}))
        organization.external_id = organization.next_external_id
        event = "rotation_completed"
        messages.success(request, "Done. Deploy the templates once more: the roles then accept the new id alone.")
    organization.next_external_id = ""
    organization.save(update_fields=["external_id", "next_external_id"])
    if was_under_way:
        security.record(event, request, target=organization.name)
    return redirect(url_in_scope(request, "onboarding:rotation", {"pk": pk}))
