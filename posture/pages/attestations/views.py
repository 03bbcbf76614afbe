"""The pages of what people attest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import attestations
from accounts.attestations import has_expired, may_attest
from accounts.models import Attestation, AwsAccount, Organization, User
from posture.history.scope import Scope
from posture.observability import security
from posture.pages.attestations.forms import DAYS_USUAL, AttestForm, WithdrawForm
from posture.pages.attestations.tables import WORDS, AttestationTable, SubjectRow
from posture.web.attestations import Subject, all_subjects, current_accounts, instant_of, load_states, state_of
from posture.web.check_parameters import organization_of
from posture.web.lists import TablePage
from posture.web.parameters import choice
from posture.web.scoping import requested_scope, require_user, scope_of, url_in_scope

HISTORY_SHOWN = 100


class AttestationList(TablePage):
    """Everything that no API reports, with who attested it and until when."""

    heading = "Attestations"
    lead = (
        "What no API reports, a person has to look at. An attestation is no pass: it says who looked, by which "
        "evidence and until when it holds."
    )
    noun = "subject"
    table = AttestationTable
    template_name = "attestations/list.html"

    def rows(self) -> Sequence[SubjectRow]:
        """Return the subjects in the state that the URL asks for, or all."""
        states = load_states(self.scope)
        self.every = [SubjectRow(one, state_of(states, one.reference)) for one in all_subjects().values()]
        self.state = choice(self.request, "state", WORDS)
        return [row for row in self.every if self.state in {"", row.attested.state}]

    def context(self) -> dict[str, Any]:
        """Return how many are in which state."""
        counted = {state: sum(row.attested.state == state for row in self.every) for state in WORDS}
        return {
            "counts": [(state, WORDS[state], number) for state, number in counted.items()],
            "state": self.state,
            "total": len(self.every),
        }


@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one subject: what is attested, the form, and the history."""
    return _page(request, _find(reference))


@require_POST
def attest(request: HttpRequest, reference: str) -> HttpResponse:
    """Attest a subject for the organization or an account."""
    subject, user, organization = _find(reference), require_user(request), _organization(request)
    accounts = _attestable_accounts(user, scope_of(request))
    if not user.is_admin and not accounts:
        raise PermissionDenied("Only admins attest, and owners for their own accounts.")
    form = AttestForm(accounts, timezone.now().date(), request.POST, may_for_all=user.is_admin)
    if not form.is_valid():
        return _page(request, subject, form=form)
    account, until = form.chosen, form.cleaned_data["valid_until"]
    attestations.attest(
        organization,
        account,
        reference,
        user,
        statement=form.cleaned_data["statement"],
        reference=form.cleaned_data["reference"],
        valid_until=until,
    )
    where = account.account_id if account else organization.name
    evidence = form.cleaned_data["reference"]
    security.record("attested", request, target=reference, where=where, until=until, reference=evidence)
    messages.success(request, f"Attested for {account.name if account else organization.name} until {until}.")
    return redirect(url_in_scope(request, "attestations:detail", {"reference": reference}))


@require_POST
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take back an attestation; it stays in the history."""
    subject, user, organization = _find(reference), require_user(request), _organization(request)
    account_id = request.POST.get("account", "")
    account = next((one for one in scope_of(request).accounts if one.account_id == account_id), None)
    if account_id and account is None:
        raise Http404("No such account.")
    if not may_attest(user, account):
        raise PermissionDenied("Only admins take an attestation back, and owners for their own accounts.")
    rows = attestations.list_latest(organization, timezone.now(), reference)
    current = next((one for one in rows if one.account_id == (account.pk if account else None)), None)
    if current is None:
        messages.info(request, "There is nothing to take back any more.")
        return redirect(url_in_scope(request, "attestations:detail", {"reference": reference}))
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, subject, withdrawing=form)
    attestations.withdraw(current, user, form.cleaned_data["why"])
    where = account.account_id if account else organization.name
    security.record("attestation_withdrawn", request, target=reference, where=where)
    messages.success(request, f"Taken back for {account.name if account else organization.name}.")
    return redirect(url_in_scope(request, "attestations:detail", {"reference": reference}))


def _find(reference: str) -> Subject:
    subject = all_subjects().get(reference)
    if subject is None:
        raise Http404("There is nothing of this name to attest.")
    return subject


def _organization(request: HttpRequest) -> Organization:
    organization = organization_of(scope_of(request))
    if organization is None:
        raise Http404("There is no organization to attest it for.")
    return organization


def _attestable_accounts(user: User, scope: Scope) -> list[AwsAccount]:
    """Return the accounts in scope for which a person may attest, by name."""
    found = [one for one in scope.accounts if one.left_at is None and may_attest(user, one)]
    return sorted(found, key=lambda one: (one.name, one.account_id))


def _page(
    request: HttpRequest, subject: Subject, form: AttestForm | None = None, withdrawing: WithdrawForm | None = None
) -> HttpResponse:
    scope, user = scope_of(request), require_user(request)
    organization, today = organization_of(scope), timezone.now().date()
    accounts = _attestable_accounts(user, scope) if organization else []
    may = organization is not None and (user.is_admin or bool(accounts))
    if form is None and may:
        chosen = requested_scope(request).account
        initial = {
            "account": chosen.account_id if chosen is not None and chosen in accounts else "",
            "valid_until": today + timedelta(days=DAYS_USUAL),
        }
        form = AttestForm(accounts, today, initial=initial, may_for_all=user.is_admin)
    current = state_of(load_states(scope), subject.reference)
    rows = [one for one in (current.whole, *current.by_account) if one is not None]
    context = {
        "subject": subject,
        "attested": current,
        "state": WORDS[current.state],
        "subject_url": url_in_scope(request, subject.page, dict(subject.kwargs)) + subject.fragment,
        "rows": [(one, has_expired(one, instant_of(scope).date()), may_attest(user, one.account)) for one in rows],
        "form": form if may else None,
        "withdrawing": withdrawing,
        "history": _history(scope, organization, subject.reference) if organization else [],
    }
    return render(request, "attestations/detail.html", context)


def _history(scope: Scope, organization: Organization, reference: str) -> list[Attestation]:
    """Return every attestation and withdrawal in scope, newest first."""
    rows = Attestation.objects.filter(organization=organization, subject=reference).select_related("account")
    seen = {*current_accounts(scope), None}
    return [one for one in rows if one.account_id in seen][:HISTORY_SHOWN]
