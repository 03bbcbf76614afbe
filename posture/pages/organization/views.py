"""Pages of accounts: tree, map, table, and one account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import account_seen_by, admin_required, units_seen_by
from accounts.models import AwsAccount
from accounts.states import remedy_for
from posture.observability import security
from posture.pages.organization import account_status, guardrails, tree, tree_map
from posture.pages.organization.account import account_page
from posture.pages.organization.filters import AccountFilters
from posture.pages.organization.forms import WeightForm
from posture.pages.organization.tables import AccountTable
from posture.web import parameters
from posture.web.lists import TablePage
from posture.web.scoping import require_user, scope_of, url_in_scope
from posture.web.unswept import UnsweptAccount

NAMED_ACCOUNTS_MAX = 60
"""Accounts up to which the tree has all at once; else units load theirs."""
BRANCH_MAX = 200
"""Accounts of one unit that the tree shows; the table has all."""


@require_safe
def organization_tree(request: HttpRequest) -> HttpResponse:
    """Show the tree of units and accounts with their scores."""
    scope = scope_of(request)
    rows = account_status.statuses(scope)
    governed = guardrails.governance(scope)
    nodes = tree.forest(scope, require_user(request), rows, governed.attached) if scope.organization else []
    context = {
        "rows": rows,
        "nodes": nodes,
        "head": tree_map.summarize(rows),
        "names_accounts": len(rows) <= NAMED_ACCOUNTS_MAX,
        "guardrails_known": governed.is_known,
    }
    return render(request, "organization/tree.html", context)


@require_safe
def branch(request: HttpRequest, ou_id: str) -> HttpResponse:
    """Show the accounts of one unit, when it is opened in the tree."""
    scope = scope_of(request)
    unit = units_seen_by(require_user(request)).filter(organization=scope.organization, ou_id=ou_id).first()
    if unit is None:
        raise Http404("No such organizational unit.")
    rows = account_status.statuses(scope, [one for one in scope.accounts if one.unit_id == unit.pk])
    context = {
        "unit": unit,
        "rows": rows[:BRANCH_MAX],
        "more": max(0, len(rows) - BRANCH_MAX),
        "level": parameters.number(request, "level", 0, most=tree.DEPTH_MAX),
    }
    return render(request, "organization/branch.html", context)


@require_safe
def account_map(request: HttpRequest) -> HttpResponse:
    """Show the accounts as a tree map by unit."""
    scope = scope_of(request)
    rows = account_status.statuses(scope)
    chosen = tree_map.chosen(request)
    context = {
        "rows": rows,
        "head": tree_map.summarize(rows),
        "panel": tree_map.account_map(request, scope, rows, chosen) if rows else None,
        "chosen": chosen,
        "above": tree_map.units_above(scope, require_user(request)),
    }
    return render(request, "organization/map.html", context)


class AccountList(TablePage):
    """All accounts in scope, flat."""

    heading = "Accounts"
    lead = "Every account with its score, what is open in it and what could not be seen, lowest score first."
    noun = "account"
    table = AccountTable
    filters = AccountFilters
    template_name = "organization/table.html"
    not_swept: Sequence[UnsweptAccount] = ()
    found: Sequence[account_status.AccountStatus] = ()

    def rows(self) -> QuerySet[AwsAccount]:
        """Return the scope's accounts."""
        return AwsAccount.objects.filter(pk__among=self.scope.among)

    def make_table(self, rows: Any) -> AccountTable:
        """Return the filtered accounts with their status."""
        left, found = {*rows.values_list("pk", flat=True)}, account_status.statuses(self.scope)
        self.found = found
        self.not_swept = account_status.not_swept(found)
        # A filter by state includes unswept accounts in the table; an export has all.
        has_all = parameters.is_on(self.request, "state") or parameters.is_on(self.request, "export")
        return AccountTable([one for one in found if one.account.pk in left and (has_all or one.is_swept)])

    def context(self) -> dict[str, Any]:
        """Return accounts that are not swept, for their own section."""
        return {"not_swept": self.not_swept, "head": tree_map.summarize(self.found)}


@require_safe
def account(request: HttpRequest, account_id: str) -> HttpResponse:
    """Show one account."""
    return _account(request, account_seen_by(require_user(request), account_id))


def _account(request: HttpRequest, one: AwsAccount, form: WeightForm | None = None) -> HttpResponse:
    scope = scope_of(request)
    page = account_page(request, require_user(request), one, scope)
    context = {
        "account": one,
        "page": page,
        "remedy": remedy_for(page.row.state),
        "form": form or WeightForm(instance=one),
        "compare_to": scope.compare_to,
    }
    return render(request, "organization/account.html", context, status=422 if form else 200)


@require_POST
@admin_required
def weigh(request: HttpRequest, account_id: str) -> HttpResponse:
    """Change an account's weight in means."""
    one = account_seen_by(require_user(request), account_id)
    before = one.weight
    form = WeightForm(request.POST, instance=one)
    if not form.is_valid():
        return _account(request, account_seen_by(require_user(request), account_id), form)
    form.save()
    target = f"{one.account_id}: weight"
    security.record("setting_changed", request, target=target, before=before, after=one.weight)
    messages.success(request, f"{one.name} now counts {one.weight:g} in means over accounts.")
    return redirect(url_in_scope(request, "organization:account", {"account_id": account_id}))
