"""How sharing with other accounts is judged. Declares no check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from posture.core.check import Example, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, failed, passed, unknown
from posture.core.parameters import Kind, words
from posture.core.resource import Resource
from posture.core.vendor_accounts import named

SHARED = "SharedAccounts"
TRUSTED_ACCOUNTS = words(
    Kind.ACCOUNT_IDS,
    "trusted_accounts",
    "Trusted outside accounts",
    "These accounts outside the organization count as its own: resources may be shared with them, and roles that trust "
    "them need no external id.",
)


def shared_with(account_id: str, *, inside: bool | None) -> list[dict[str, Any]]:
    """Return `SharedAccounts` of a resource shared with one account, for examples."""
    return [{"AccountId": account_id, "InOrganization": inside}]


def sharing_examples(private: Mapping[str, Any], shared: Mapping[str, Any], action: str) -> tuple[Example, ...]:
    """Return examples for a check of sharing.

    `private` and `shared` are AWS's permissions, by their one key.
    """
    key = next(iter(private))
    return (
        passes(private),
        passes({**shared, SHARED: shared_with("444455556666", inside=True)}, "an account of the organization"),
        fails({**shared, SHARED: shared_with("444455556666", inside=False)}, "an account outside the organization"),
        passes(
            {**shared, SHARED: shared_with("444455556666", inside=False)},
            "a trusted account outside the organization",
            parameters={TRUSTED_ACCOUNTS.name: ("444455556666",)},
        ),
        is_unknown({**shared, SHARED: shared_with("444455556666", inside=None)}, "the organization is not known"),
        is_unknown(shared, "a version from before the organization was looked at"),
        is_unknown({key: denied(action)}),
    )


def judge_shared_accounts(resource: Resource, account_ids: Iterable[str], permissions: str) -> Outcome:
    """Judge whether a resource is shared outside the organization.

    `account_ids` are the accounts that AWS's own list names, `permissions` its path.
    """
    others = sorted(set(account_ids) - {resource.account_id})
    if not others:
        return passed("It is shared with no other account.", permissions)
    shared = list(enumerate(resource.config.items_of(SHARED)))
    if not shared:
        # A version from before the accounts of the organization were looked at.
        return unknown(f"It is not known whether {', '.join(others)} belongs to the organization.", permissions)
    trusted = frozenset(TRUSTED_ACCOUNTS.value)
    strangers = [(index, each) for index, each in shared if each["AccountId"] not in trusted]
    outside = [(index, each["AccountId"]) for index, each in strangers if each["InOrganization"] is False]
    if outside:
        names = ", ".join(named(account_id) for _, account_id in outside)
        return failed(
            f"Shared outside the organization, with {names}.", *(f"{SHARED}[{index}].AccountId" for index, _ in outside)
        )
    names = ", ".join(named(each["AccountId"]) for _, each in shared)
    if any(each["InOrganization"] is None for _, each in strangers):
        return unknown(f"It is not known whether {names} belongs to the organization.", SHARED)
    if any(each["InOrganization"] is not True for _, each in shared):
        return passed(f"Shared within the organization and with trusted accounts alone: {names}.", SHARED)
    return passed(f"Shared within the organization alone, with {names}.", SHARED)
