"""Accounts that a resource is shared with, and whether the organization has them.

Declares no collector.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from posture.core.collector import Ask
from posture.core.values import Unknown


def shared_accounts(ask: Ask, account_ids: Iterable[str] | Unknown) -> dict[str, Any]:
    """Return `SharedAccounts` for a configuration, or nothing if not shared.

    `InOrganization` is None where the accounts of the organization are not known.
    """
    if isinstance(account_ids, Unknown):
        return {}
    known = ask.known_accounts
    named = [
        {"AccountId": account_id, "InOrganization": None if known is None else account_id in known}
        for account_id in sorted(set(account_ids) - {ask.account_id})
    ]
    return {"SharedAccounts": named} if named else {}
