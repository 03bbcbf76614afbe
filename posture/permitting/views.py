"""The pages of permissions. What the role may do is no secret to anybody who sees an account it is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture import permissions
from posture.permitting import queries
from posture.permitting.tables import PermissionTable, Row
from posture.sweeping import causes
from posture.web import parameters
from posture.web.lists import TablePage
from posture.web.scoping import scope_of

MOST_ACCOUNTS = 100
"""Accounts that a permission's page names; the page of gaps has the others."""


class PermissionList(TablePage):
    """All permissions of the role."""

    heading = "Permissions"
    noun = "permission"
    table = PermissionTable
    template_name = "permitting/list.html"

    def rows(self) -> Sequence[Row]:
        """Return the permissions that the search and the choices leave."""
        words, refusing = parameters.text(self.request, "q"), parameters.is_on(self.request, "refused")
        refused = queries.refusals(self.scope) if self.scope.organization else {}
        rows = [Row(one, _accounts(refused.get(one.action, []))) for one in queries.catalogue().values()]
        self.levels = sorted({row.level for row in rows})
        level = parameters.choice(self.request, "level", self.levels)
        return [
            row
            for row in rows
            if row.permission.has(words) and (not level or row.level == level) and (not refusing or row.refused)
        ]

    def context(self) -> dict[str, Any]:
        """Say how the role is cut."""
        return {
            "levels": self.levels,
            "total": len(queries.catalogue()),
            "policies": len(permissions.split_policies(permissions.management_actions())),
            "version": permissions.policy_version(permissions.member_actions()),
        }


def _accounts(refusals: Sequence[queries.Refusal]) -> int:
    return len({one.account.pk for one in refusals})


@require_safe
def permission(request: HttpRequest, action: str) -> HttpResponse:
    """Show one permission: what reads by it, which checks go blind without it, and where it is refused."""
    scope = scope_of(request)
    one = queries.catalogue().get(action)
    if one is None:
        raise Http404
    refused = queries.refusals(scope).get(action, []) if scope.organization else []
    told = [(each, causes.words(each.reason)) for each in refused[:MOST_ACCOUNTS]]
    more = max(0, len(refused) - MOST_ACCOUNTS)
    return render(request, "permitting/detail.html", {"permission": one, "refused": told, "more": more})
