"""GuardDuty: which detector a member has, and its administrator; no plans."""

from __future__ import annotations

from collections.abc import Iterator

from posture.sweep.sharing import Asking, Said, Sharing


def read(ask: Asking) -> Iterator[Said]:
    """Yield members' answers; accounts that are not, or no longer, members have none."""
    for detector in ask.pages("list_detectors", "DetectorIds"):
        for member in ask.pages("list_members", "Members", DetectorId=detector, OnlyAssociated="true"):
            own = member.get("DetectorId")
            if member["RelationshipStatus"] != "Enabled" or not own:
                continue
            administrator = {"AccountId": member["AdministratorId"], "RelationshipStatus": "Enabled"}
            yield Said(member["AccountId"], "list_detectors", {}, {"DetectorIds": [own]})
            yield Said(
                member["AccountId"], "get_administrator_account", {"DetectorId": own}, {"Administrator": administrator}
            )


SHARING = Sharing(
    service="guardduty",
    administrator_operation="get_administrator_account",
    path=("Administrator", "AccountId"),
    spares=frozenset({"list_detectors", "get_administrator_account"}),
    actions=("guardduty:ListMembers",),
    read=read,
    unsaid=frozenset({"InvitationId", "InvitedAt"}),
)
