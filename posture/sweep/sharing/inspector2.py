"""Inspector: what is scanned in a member, a hundred accounts at a time."""

from __future__ import annotations

from collections.abc import Iterator

from posture.sweep.sharing import Asking, Said, Sharing

AT_ONCE = 100


def read(ask: Asking) -> Iterator[Said]:
    """Yield members' answers; accounts for which Inspector refuses have none."""
    members = [member["accountId"] for member in ask.pages("list_members", "members", onlyAssociated=True)]
    for first in range(0, len(members), AT_ONCE):
        answer = ask.call("batch_get_account_status", accountIds=members[first : first + AT_ONCE])
        for status in answer.get("accounts") or ():
            account_id = status["accountId"]
            own = {"accounts": [status], "failedAccounts": []}
            yield Said(account_id, "batch_get_account_status", {"accountIds": [account_id]}, own)


SHARING = Sharing(
    service="inspector2",
    administrator_operation="get_delegated_admin_account",
    path=("delegatedAdmin", "accountId"),
    spares=frozenset({"batch_get_account_status"}),
    actions=("inspector2:ListMembers",),
    read=read,
)
