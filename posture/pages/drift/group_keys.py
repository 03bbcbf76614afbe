"""What changes are grouped by, and the keys of the groups of each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from accounts.access import owners_of
from posture.checks import all_checks
from posture.history.query import Changes
from posture.history.scope import Scope

BY = {"account": "Account", "type": "Type", "practice": "Practice", "severity": "Severity", "owner": "Owner"}
DEFAULT = "account"
PRACTICES = "practices:"
NOBODY = ""
"""The key of what nobody owns."""
FIELDS: dict[str, Literal["account_id", "resource_type", "check_id", "severity"]] = {
    "account": "account_id",
    "owner": "account_id",
    "type": "resource_type",
    "practice": "check_id",
    "severity": "severity",
}


def keys_of(changes: Changes, by: str) -> Callable[[Any], Sequence[str]]:
    """Return a function from a value to the keys of its groups."""
    if by == "practice":
        return practices_of
    if by == "owner":
        owners = cached_owners(changes.scope)
        return lambda account_pk: owners.get(account_pk) or [NOBODY]
    if by == "account":
        known = changes.scope.by_pk
        return lambda account_pk: [known[account_pk].account_id]
    return lambda value: [str(value)]


def of_accounts(scope: Scope, by: str) -> dict[int, list[str]] | None:
    """Return the groups of each account by primary key; None for severity."""
    if by == "severity":
        return None
    if by == "owner":
        owners = cached_owners(scope)
        return {pk: owners.get(pk) or [NOBODY] for pk in scope.account_pks}
    return {account.pk: [account.account_id] for account in scope.accounts}


def cached_owners(scope: Scope) -> Mapping[int, list[str]]:
    """Return the owners of each account, cached for the request."""
    known: dict[int, list[str]] | None = scope.__dict__.get("owners")
    if known is None:
        known = scope.__dict__["owners"] = owners_of(scope.accounts)
    return known


def practices_of(check_id: str) -> list[str]:
    """Return the practices that a check serves."""
    check = all_checks().get(check_id)
    controls = check.controls if check else ()
    return [one.removeprefix(PRACTICES) for one in controls if one.startswith(PRACTICES)]
