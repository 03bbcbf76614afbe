"""Macie: session, discovery, administrator.

Where it is off the answer looks like a denial, as AWS's does.
"""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.answers.organizations import administrator, others_with
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged


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


@answers("macie2")
def list_members(call: Call) -> dict[str, Any]:
    session(call)
    return paged(call, "members", [_member(call, *each) for each in others_with(call, "macie2", "session")], most=25)


def _member(call: Call, account: str, email: str) -> dict[str, Any]:
    status = call.world.peek(account, call.region, "macie2")["session"].get("status")
    return {
        "accountId": account,
        "administratorAccountId": call.account,
        "arn": f"arn:aws:macie2:{call.region}:{call.account}:member/{account}",
        "email": email,
        "invitedAt": "2024-03-04T10:00:00Z",
        "masterAccountId": call.account,
        "relationshipStatus": "Paused" if status == "PAUSED" else "Enabled",
    }
