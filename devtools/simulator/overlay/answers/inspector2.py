"""Inspector: what it scans in an account and region, and who administers it."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.answers.organizations import administrator, members, others_with
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged

SCANS = ("ec2", "ecr", "lambda", "lambdaCode", "codeRepository")


@answers("inspector2")
def batch_get_account_status(call: Call) -> dict[str, Any]:
    asked = call.params.get("accountIds") or [call.account]
    admin = administrator(call, "inspector2")
    seen = [a for a in asked if a == call.account or (call.account == admin and a in members(call))]
    refused = [a for a in asked if a not in seen]
    failed = [{"accountId": a, "errorCode": "ACCESS_DENIED", "errorMessage": "Invalid account."} for a in refused]
    return {"accounts": [_status(call, a) for a in seen], "failedAccounts": failed}


def _status(call: Call, account: str) -> dict[str, Any]:
    scans = call.world.peek(account, call.region, "inspector2").get("scans", [])
    states = {scan: _state(scan in scans) for scan in SCANS}
    return {"accountId": account, "state": _state(bool(scans)), "resourceState": states}


def _state(on: bool) -> dict[str, str]:  # noqa: FBT001
    return {"status": "ENABLED" if on else "DISABLED", "errorCode": "ALREADY_ENABLED", "errorMessage": ""}


@answers("inspector2")
def get_delegated_admin_account(call: Call) -> dict[str, Any]:
    admin = administrator(call, "inspector2")
    if not admin:
        raise AwsError("ResourceNotFoundException", "No delegated administrator is set.", 404)
    return {"delegatedAdmin": {"accountId": admin, "relationshipStatus": "ENABLED"}}


@answers("inspector2")
def list_delegated_admin_accounts(call: Call) -> dict[str, Any]:
    admin = administrator(call, "inspector2")
    return {"delegatedAdminAccounts": [{"accountId": admin, "status": "ENABLED"}] if admin else []}


@answers("inspector2")
def list_members(call: Call) -> dict[str, Any]:
    found = [
        {"accountId": account, "delegatedAdminAccountId": call.account, "relationshipStatus": "ENABLED"}
        for account, _ in others_with(call, "inspector2", "scans")
    ]
    return paged(call, "members", found, most=50)
