"""Macie: a member's administrator; its session and discovery only itself shows."""

from __future__ import annotations

from collections.abc import Iterator

from posture.sweep.sharing import Asking, Said, Sharing


def read(ask: Asking) -> Iterator[Said]:
    """Yield members' answers; accounts that are not, or no longer, members have none."""
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
