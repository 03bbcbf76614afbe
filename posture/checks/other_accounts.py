"""Whether another account of the organization has what a resource names. No check.

Collectors write it under `OtherAccounts`, since a check sees the resources of one account alone.
"""

from __future__ import annotations

from typing import Any

from posture.core.resource import Resource

OTHERS = "OtherAccounts"


def elsewhere(resource_type: str, name: str, account_id: str | None, *, complete: bool = True) -> dict[str, Any]:
    """Return observed fields that say who has a target, for examples."""
    row = {"Type": resource_type, "Name": name, "AccountId": account_id, "Complete": complete}
    return {OTHERS: [row]}


def account_with(resource: Resource, resource_type: str, name: str) -> str | None:
    """Return the other account of the organization that has a target, if one is known."""
    row = _row(resource, resource_type, name)
    account: str | None = row["AccountId"] if row else None
    return account


def is_seen_everywhere(resource: Resource, resource_type: str, name: str) -> bool:
    """Return True if what other accounts have was seen, so that they lack the rest."""
    row = _row(resource, resource_type, name)
    return bool(row and row["Complete"])


def _row(resource: Resource, resource_type: str, name: str) -> Any:
    rows = resource.observed.get(OTHERS) or ()
    return next((each for each in rows if each["Type"] == resource_type and each["Name"] == name), None)
