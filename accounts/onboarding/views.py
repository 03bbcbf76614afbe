"""The pages of onboarding, for admins."""

from __future__ import annotations

import django_rq
from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import admin_required
from accounts.models import ConnectionTest, Organization, Ownership, User
from accounts.onboarding.forms import OrganizationForm, SettingsForm
from posture import permissions
from posture.observability import security
from posture.web.limits import limit_exempt
from posture.web.scoping import url_in_scope

CALLER_KEY = "plumbline:caller"
"""Cache key under which a worker writes the ARN that its AWS credentials belong to."""


@admin_required
@require_safe
def organizations(request: HttpRequest) -> HttpResponse:
    """List organizations, with the next step of each."""
    rows = Organization.objects.annotate(active_accounts=Count("accounts", filter=Q(accounts__left_at=None)))
    return render(request, "onboarding/organizations.html", {"organizations": rows})


@admin_required
def who(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Step one: say which organization and by which role."""
    organization = get_object_or_404(Organization, pk=pk) if pk else None
    caller = cache.get(CALLER_KEY)
    if caller is None:
        django_rq.get_queue().enqueue("posture.jobs.identify_caller")
    initial = {"trusted_principal": (caller or {}).get("principal", "")}
    form = OrganizationForm(request.POST or None, instance=organization, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        if organization is None:
            security.record("organization_added", request, target=saved.name)
        else:
            log_settings(request, saved, form)
        return redirect(url_in_scope(request, "onboarding:deploy", {"pk": saved.pk}))
    return render(request, "onboarding/who.html", {"form": form, "organization": organization, "caller": caller})


@limit_exempt
@admin_required
@require_safe
def caller(request: HttpRequest) -> HttpResponse:
    """Say which AWS identity the workers have; polled until one has answered."""
    return render(request, "onboarding/_caller.html", {"caller": cache.get(CALLER_KEY)})


@admin_required
@require_safe
def deploy(request: HttpRequest, pk: int) -> HttpResponse:
    """Step two: the templates and the commands that deploy them."""
    organization = get_object_or_404(Organization, pk=pk)
    actions = permissions.management_actions()
    return render(
        request,
        "onboarding/deploy.html",
        {
            "organization": organization,
            "is_ours": organization.role_origin == Organization.RoleOrigin.TEMPLATE,
            "trust": permissions.trust_policy(spec_of(organization), organization.partition),
            "action_count": len(actions),
            "policy_count": len(permissions.split_policies(actions)),
        },
    )


def spec_of(organization: Organization) -> permissions.RoleSpec:
    """Return what an organization's templates are filled in with."""
    return permissions.RoleSpec(
        role_name=organization.role_name,
        external_id=organization.external_id,
        trusted_principal=organization.trusted_principal,
        organization_id=organization.organization_id,
        next_external_id=organization.next_external_id,
    )


@admin_required
@require_safe
def template(request: HttpRequest, pk: int, which: str) -> HttpResponse:
    """Download a CloudFormation template with trust and external id filled in."""
    organization = get_object_or_404(Organization, pk=pk)
    make = {"member": permissions.member_template, "management": permissions.management_template}[which]
    response = HttpResponse(make(spec_of(organization)), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="plumbline-{which}-role.json"'
    return response


@admin_required
def connect(request: HttpRequest, pk: int) -> HttpResponse:
    """Step three: test the connection, and show each failure with its fix."""
    organization = get_object_or_404(Organization, pk=pk)
    if request.method == "POST" and isinstance(request.user, User):
        asked = ConnectionTest.objects.create(organization=organization, requested_by=request.user)
        django_rq.get_queue().enqueue("posture.jobs.test_connection", asked.pk)
        return redirect(url_in_scope(request, "onboarding:connect", {"pk": pk}))
    test = organization.connection_tests.first()
    return render(request, "onboarding/connect.html", {"organization": organization, "test": test})


@limit_exempt
@admin_required
@require_safe
def connection_test(request: HttpRequest, pk: int, test_pk: int) -> HttpResponse:
    """Show how far a connection test got; polled while it runs."""
    test = get_object_or_404(ConnectionTest, pk=test_pk, organization_id=pk)
    waiting = (timezone.now() - test.requested_at).total_seconds()
    return render(
        request, "onboarding/_test.html", {"organization": test.organization, "test": test, "waiting": waiting}
    )


@admin_required
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Connect for good: discover accounts and sweep them for the first time."""
    organization = get_object_or_404(Organization, pk=pk)
    latest = organization.connection_tests.first()
    if latest is None or not latest.succeeded:
        return HttpResponseBadRequest("The last connection test did not succeed: fix what it names and run it again.")
    organization.state = Organization.State.CONNECTED
    organization.save(update_fields=["state"])
    security.record("organization_connected", request, target=organization.name)
    django_rq.get_queue().enqueue("posture.jobs.first_sweep", organization.pk, request.user.pk)
    messages.success(request, "Connected. Accounts appear here as they answer.")
    return redirect(url_in_scope(request, "sweeps:list"))


@admin_required
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an organization's regions, schedule and classification."""
    organization = get_object_or_404(Organization, pk=pk)
    form = SettingsForm(request.POST or None, instance=organization)
    if request.method == "POST" and form.is_valid():
        form.save()
        log_settings(request, organization, form)
        messages.success(request, "Saved. It holds from the next sweep on.")
        return redirect(url_in_scope(request, "onboarding:settings", {"pk": pk}))
    return render(request, "onboarding/settings.html", {"form": form, "organization": organization})


@admin_required
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop or resume the schedule of an organization; its history stays."""
    organization = get_object_or_404(Organization, pk=pk)
    states = Organization.State
    if organization.state == states.DRAFT:
        return HttpResponseBadRequest("It is not connected yet.")
    organization.state = states.PAUSED if organization.state == states.CONNECTED else states.CONNECTED
    organization.save(update_fields=["state"])
    paused = organization.state == states.PAUSED
    security.record("organization_paused" if paused else "organization_resumed", request, target=organization.name)
    if paused:
        messages.success(request, "The schedule is paused: no sweep starts by itself until you resume it.")
    else:
        messages.success(request, "The schedule runs again.")
    return redirect(url_in_scope(request, "onboarding:settings", {"pk": pk}))


def log_settings(request: HttpRequest, organization: Organization, form: OrganizationForm | SettingsForm) -> None:
    """Log what a form changed of an organization, setting by setting.

    None of them is a secret.
    """
    for name in form.changed_data:
        before, after = form.initial.get(name), form.cleaned_data.get(name)
        security.record("setting_changed", request, target=f"{organization.name}: {name}", before=before, after=after)


@admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a draft that was never swept, once its name was typed; 404 for any other."""
    drafts = Organization.objects.filter(state=Organization.State.DRAFT, snapshots=None)
    organization = get_object_or_404(drafts, pk=pk)
    typed = request.POST.get("confirm", "")
    if request.method != "POST" or typed.strip() != organization.name:
        counts = {
            "accounts": organization.accounts.count(),
            "owners": Ownership.objects.filter(
                Q(account__organization=organization) | Q(unit__organization=organization)
            ).count(),
            "tests": organization.connection_tests.count(),
        }
        context = {"organization": organization, "typed": typed, "is_wrong": request.method == "POST", **counts}
        return render(request, "onboarding/delete.html", context)
    with transaction.atomic():
        # Locked, so that it is not connected in between.
        get_object_or_404(Organization.objects.select_for_update(), pk=pk)
        organization = get_object_or_404(drafts, pk=pk)
        name, root = organization.name, organization.root_account_id
        organization.delete()
    security.record("organization_deleted", request, target=f"{name} ({root})")
    messages.success(request, f"The draft of {name} was deleted.")
    return redirect(url_in_scope(request, "onboarding:organizations"))
