"""Where stores are shown: by account in a small scope, by unit in a large one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import OrganizationalUnit
from posture.history.scope import Scope
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import plural

BARS_MAX = 14
"""Accounts up to which each is shown by itself."""
ROOT = "In no unit"


@dataclass(frozen=True, slots=True)
class StoreHolder:
    """An account, or a unit with all its accounts, and its URL."""

    key: str
    name: str
    detail: str
    url: str


def holders(request: HttpRequest, scope: Scope) -> Mapping[int, StoreHolder]:
    """Return each account's holder: itself in a small scope, its unit in a large one."""
    if len(scope.accounts) <= BARS_MAX:
        return {one.pk: _account_holder(request, one.account_id, one.name) for one in scope.accounts}
    units = OrganizationalUnit.objects.in_bulk({one.unit_id for one in scope.accounts if one.unit_id})
    counts = Counter(one.unit_id for one in scope.accounts)
    made = {pk: _unit_holder(request, unit, counts[pk]) for pk, unit in units.items()}
    if len(made) + bool(counts[None]) < 2:  # noqa: PLR2004 - one unit alone says nothing
        return {one.pk: _account_holder(request, one.account_id, one.name) for one in scope.accounts}
    root = StoreHolder("", ROOT, plural(counts[None], "account"), url_in_scope(request, "organization:tree"))
    return {one.pk: made.get(one.unit_id or 0, root) for one in scope.accounts}


def _account_holder(request: HttpRequest, account_id: str, name: str) -> StoreHolder:
    return StoreHolder(account_id, name, account_id, url_in_scope(request, "data:map", None, account=account_id))


def _unit_holder(request: HttpRequest, unit: OrganizationalUnit, accounts: int) -> StoreHolder:
    url = url_in_scope(request, "data:map", None, ou=unit.ou_id, account="")
    return StoreHolder(unit.ou_id, unit.name, plural(accounts, "account"), url)
