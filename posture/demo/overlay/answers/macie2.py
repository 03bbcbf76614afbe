"""Macie: session, discovery, administrator; where it is off the answer looks like a denial, as AWS's does."""

from __future__ import annotations

from typing import Any

from posture.demo.overlay.answers import answers
from posture.demo.overlay.answers.organizations import administrator
from posture.demo.overlay.calls import AwsError, Call


def session(call: Call) -> dict[str, Any]:
    found: dict[str, Any] | None = call.shelf().get("session")
    if not found:
        raise AwsError("AccessDeniedException", "Macie is not enabled", 403)
    return found


@answers("macie2")
def get_macie_session(call: Call) -> dict[str, Any]:
    return dict(session(call))


@answers("macie2")
def get_automated_discovery_configuration(call: Call) -> dict[str, Any]:
    session(call)
    return dict(call.shelf().get("discovery", {"status": "DISABLED", "autoEnableOrganizationMembers": "NONE"}))


@answers("macie2")
def get_administrator_account(call: Call) -> dict[str, Any]:
    session(call)
    admin = administrator(call, "macie2")
    if not admin or admin == call.account:
        return {}
    return {"administrator": {"accountId": admin, "relationshipStatus": "Enabled", "invitedAt": "2024-03-04T10:00:00Z"}}


@answers("macie2")
def list_organization_admin_accounts(call: Call) -> dict[str, Any]:
    admin = administrator(call, "macie2")
    return {"adminAccounts": [{"accountId": admin, "status": "ENABLED"}] if admin else []}
