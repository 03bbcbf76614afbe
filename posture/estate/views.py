"""The pages of accounts: the Organization as a tree, as a table, and one account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import account_seen_by, admin_required
from accounts.models import AwsAccount
from accounts.states import remedy_for
from posture.estate import guardrails, standing, tree
from posture.estate.account import portrait
from posture.estate.forms import WeightForm
from posture.estate.tables import AccountFilters, AccountTable
from posture.observing import security
from posture.web import parameters
from posture.web.lists import TablePage
from posture.web.notswept import NotSwept
from posture.web.scoping import scope_of, signed_in, url_in_scope

MOST_ACCOUNTS = 300
"""Accounts that the tree names; in a larger one each unit leads to the table of its accounts."""


@require_safe
def organization_tree(request: HttpRequest) -> HttpResponse:
    """Show the Organization with posture beside each unit and account."""
    scope = scope_of(request)
    rows = standing.rows(scope)
    governed = guardrails.governance(scope)
    context = {
        "rows": rows,
        "nodes": tree.forest(scope, signed_in(request), rows, governed.attached) if scope.organization else [],
        "names_accounts": len(rows) <= MOST_ACCOUNTS,
        "guardrails_known": governed.is_known,
        "unswept": sum(not row.is_swept for row in rows),
    }
    return render(request, "estate/tree.html", context)


class AccountList(TablePage):
    """All accounts in scope, flat."""

    heading = "Accounts"
    lead = "Every account with its score, what is open in it and what could not be seen, lowest score first."
    noun = "account"
    table = AccountTable
    filters = AccountFilters
    template_name = "estate/table.html"
    not_swept: Sequence[NotSwept] = ()

    def rows(self) -> QuerySet[AwsAccount]:
        """Return the scope's accounts."""
        return AwsAccount.objects.filter(pk__among=self.scope.among)

    def make_table(self, rows: Any) -> AccountTable:
        """Set how each stands beside the accounts that the filters leave."""
        left, found = {*rows.values_list("pk", flat=True)}, standing.rows(self.scope)
        self.not_swept = standing.not_swept(found)
        # Whoever asks for a state gets its accounts in the table, and an export has all of them.
        has_all = parameters.is_on(self.request, "state") or parameters.is_on(self.request, "export")
        return AccountTable([one for one in found if one.account.pk in left and (has_all or one.is_swept)])

    def context(self) -> dict[str, Any]:
        """Set those that no sweep asks apart."""
        return {"not_swept": self.not_swept}


@require_safe
def account(request: HttpRequest, account_id: str) -> HttpResponse:
    """Show one account."""
    return _account(request, account_seen_by(signed_in(request), account_id))


def _account(request: HttpRequest, one: AwsAccount, form: WeightForm | None = None) -> HttpResponse:
    scope = scope_of(request)
    shown = portrait(request, signed_in(request), one, scope)
    context = {
        "account": one,
        "portrait": shown,
        "remedy": remedy_for(shown.row.state),
        "form": form or WeightForm(instance=one),
        "compare_to": scope.compare_to,
    }
    return render(request, "estate/account.html", context, status=422 if form else 200)


@require_POST
@admin_required
def weigh(request: HttpRequest, account_id: str) -> HttpResponse:
    """Change how much an account counts in means."""
    one = account_seen_by(signed_in(request), account_id)
    before = one.weight
    form = WeightForm(request.POST, instance=one)
    if not form.is_valid():
        return _account(request, account_seen_by(signed_in(request), account_id), form)
    form.save()
    target = f"{one.account_id}: weight"
    security.record("setting_changed", request, target=target, before=before, after=one.weight)
    messages.success(request, f"{one.name} now counts {one.weight:g} in means over accounts.")
    return redirect(url_in_scope(request, "estate:account", {"account_id": account_id}))
