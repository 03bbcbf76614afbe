"""What groups of changes are called."""

from __future__ import annotations

from collections.abc import Callable

from posture.collectors import all_collectors
from posture.core.gap import ANY
from posture.core.outcome import Severity
from posture.frameworks import all_frameworks
from posture.history.query import Changes
from posture.history.scope import Scope
from posture.pages.drift.group_keys import NOBODY


def names(scope: Scope, by: str) -> dict[str, str]:
    """Return how the groups of `of_accounts` are called, where that is not their key."""
    if by == "severity":
        return {str(int(one)): one.label for one in Severity}
    if by == "owner":
        return {NOBODY: "No owner"}
    return {account.account_id: account.name for account in scope.accounts}


def names_of_groups(changes: Changes, by: str) -> Callable[[str], tuple[str, str]]:
    """Return a function from a key to the name of a group and its note."""
    if by == "account":
        accounts = {account.account_id: account.name for account in changes.scope.accounts}
        return lambda key: (accounts[key], key)
    if by == "type":
        known = all_collectors()
        return lambda key: ("Every type", "") if key == ANY else (known[key].plural if key in known else key, key)
    if by == "practice":
        titles = {one.id: one.title for one in all_frameworks()["practices"].controls}
        return lambda key: (titles.get(key, key), "")
    if by == "severity":
        return lambda key: (Severity(int(key)).label, "")
    return lambda key: (key or "No owner", "")


def name_of(changes: Changes, by: str, key: str) -> str:
    """Return how one group is called; its key where there is no such group."""
    try:
        return names_of_groups(changes, by)(key)[0]
    except (KeyError, ValueError):
        return key


def phrase_of(by: str, key: str, name: str) -> str:
    """Return a group as named after "in"; `name` is its heading."""
    if by == "severity":
        return f"{name.lower()} findings"
    if by == "owner":
        return f"the accounts of {name}" if key else "accounts that nobody owns"
    return name if by == "account" else f"“{name}”"
