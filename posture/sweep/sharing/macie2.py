"""Macie: who administers a member. Its session and its discovery only itself tells."""

from __future__ import annotations

from collections.abc import Iterator

from posture.sweep.sharing import Asking, Said, Sharing


def read(ask: Asking) -> Iterator[Said]:
    """Yield what members would say; accounts that are not members, or no longer, are left to themselves."""
    for member in ask.pages("list_members", "members", onlyAssociated="true"):
        if member["relationshipStatus"] != "Enabled":
            continue
        administrator = {"accountId": member["administratorAccountId"], "relationshipStatus": "Enabled"}
        yield Said(member["accountId"], "get_administrator_account", {}, {"administrator": administrator})


SHARING = Sharing(
    service="macie2",
    administrator_operation="get_administrator_account",
    path=("administrator", "accountId"),
    spares=frozenset({"get_administrator_account"}),
    actions=("macie2:ListMembers",),
    read=read,
    unsaid=frozenset({"invitationId", "invitedAt"}),
)
