"""Permissions pages, for everybody who sees an account with the role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from posture import permissions
from posture.pages.permissions import queries
from posture.pages.permissions.filters import PermissionFilters
from posture.pages.permissions.queries import Permission
from posture.pages.permissions.tables import PermissionRow, PermissionTable
from posture.pages.sweeps import causes
from posture.pages.sweeps.gap_history import history
from posture.pages.sweeps.gap_policies import fix_for_all
from posture.web.lists import TablePage
from posture.web.pages import DetailPage

ACCOUNTS_MAX = 100
"""Accounts that a permission's page names; the gaps page has all."""
REFUSED_MAX = 10
"""Refused permissions that are listed first; the table has all."""


class PermissionList(TablePage):
    """All permissions of the role."""

    heading = "Permissions"
    noun = "permission"
    table = PermissionTable
    template_name = "permissions/list.html"

    def rows(self) -> Sequence[PermissionRow]:
        """Return the permissions that the search and the choices leave."""
        found = queries.refusals(self.scope) if self.scope.organization else {}
        self.refused = queries.refused(self.scope, found)
        rows = [PermissionRow(one, _accounts(found.get(one.action, []))) for one in queries.catalogue().values()]
        self.levels = sorted({row.level for row in rows})
        chosen = PermissionFilters.of(self.request, self.levels)
        return [row for row in rows if chosen.has(row)]

    def context(self) -> dict[str, Any]:
        """Return current refusals, and the split of the role into policies."""
        return {
            "refused": [(one, causes.words(one.reason)) for one in self.refused[:REFUSED_MAX]],
            "refused_more": max(0, len(self.refused) - REFUSED_MAX),
            "refused_actions": len({one.permission.action for one in self.refused}),
            "refused_accounts": len({account.pk for one in self.refused for account in one.accounts}),
            "fix_for_all": fix_for_all(
                ((one.permission.action, one.reason) for one in self.refused), self.scope.organization
            ),
            "levels": self.levels,
            "total": len(queries.catalogue()),
            "policies": len(permissions.split_policies(permissions.management_actions())),
            "version": permissions.policy_version(permissions.member_actions()),
        }


def _accounts(refusals: Sequence[queries.AccountRefusal]) -> int:
    return len({one.account.pk for one in refusals})


class PermissionPage(DetailPage[Permission]):
    """One permission: its resource types, checks and refusals."""

    template_name, name, missing = "permissions/detail.html", "permission", "The role has no such permission."

    def load(self) -> Permission | None:
        return queries.catalogue().get(self.kwargs["action"])

    def context(self) -> dict[str, Any]:
        scope, action = self.scope, self.thing.action
        found = queries.refusals(scope).get(action, []) if scope.organization else []
        return {
            "refused": [(each, causes.words(each.reason)) for each in found[:ACCOUNTS_MAX]],
            "accounts": _accounts(found),
            "causes": [(each, causes.words(each.reason)) for each in queries.refused(scope, {action: found})],
            "more": max(0, len(found) - ACCOUNTS_MAX),
            "history": history(scope, action, "") if scope.organization else None,
        }
