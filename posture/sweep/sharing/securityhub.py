"""Security Hub CSPM: a member's administrator, without standards and findings."""

from __future__ import annotations

from collections.abc import Iterator

from posture.sweep.sharing import Asking, Said, Sharing


def read(ask: Asking) -> Iterator[Said]:
    """Yield members' answers; accounts that are not, or no longer, members have none."""
    for member in ask.pages("list_members", "Members", OnlyAssociated=True):
        # AWS's documentation writes this word in both cases.
        if member["MemberStatus"].casefold() != "enabled":
            continue
        administrator = {"AccountId": member["AdministratorId"], "MemberStatus": member["MemberStatus"]}
        yield Said(member["AccountId"], "get_administrator_account", {}, {"Administrator": administrator})


SHARING = Sharing(
    service="securityhub",
    administrator_operation="get_administrator_account",
    path=("Administrator", "AccountId"),
    spares=frozenset({"get_administrator_account"}),
    actions=("securityhub:ListMembers",),
    read=read,
    unsaid=frozenset({"InvitationId", "InvitedAt"}),
)
