"""GuardDuty: detectors with their plans, the organization's members, findings."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.answers.organizations import administrator, members
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged


def detector(call: Call) -> dict[str, Any]:
    """Return the detector that the call names, or refuse."""
    found = call.shelf().get("detector")
    if not found or found["DetectorId"] != call.params["DetectorId"]:
        message = "The request is rejected because the input detectorId is not owned by the current account."
        raise AwsError("BadRequestException", message, 400)
    return dict(found)


@answers("guardduty")
def list_detectors(call: Call) -> dict[str, Any]:
    found = call.shelf().get("detector")
    return {"DetectorIds": [found["DetectorId"]] if found else []}


@answers("guardduty")
def get_detector(call: Call) -> dict[str, Any]:
    return {k: v for k, v in detector(call).items() if k != "DetectorId"}


@answers("guardduty")
def list_organization_admin_accounts(call: Call) -> dict[str, Any]:
    if call.account != call.world.management:
        raise AwsError(
            "BadRequestException", "The request is rejected because the caller is not the management account.", 400
        )
    admin = administrator(call, "guardduty")
    return {"AdminAccounts": [{"AdminAccountId": admin, "AdminStatus": "ENABLED"}] if admin else []}


@answers("guardduty")
def describe_organization_configuration(call: Call) -> dict[str, Any]:
    detector(call)
    if call.account != administrator(call, "guardduty"):
        message = "The request is rejected because the current account cannot view the organization configuration."
        raise AwsError("BadRequestException", message, 400)
    return dict(call.shelf().get("organization", {"AutoEnable": False, "MemberAccountLimitReached": False}))


@answers("guardduty")
def list_members(call: Call) -> dict[str, Any]:
    detector(call)
    if call.account != administrator(call, "guardduty"):
        return {"Members": []}
    found = [_member(call, account) for account in sorted(members(call) - {call.account})]
    return paged(call, "Members", [m for m in found if m], most=50)


def _member(call: Call, account: str) -> dict[str, Any] | None:
    shelf = call.world.peek(account, call.region, "guardduty")
    if not shelf.get("member"):
        return None
    facts = call.world.organization["members"].get(account, {"Email": call.world.organization.get("email", "")})
    present = shelf.get("detector") or {}
    return {
        "AccountId": account,
        "DetectorId": present.get("DetectorId"),
        "MasterId": call.account,
        "AdministratorId": call.account,
        "Email": facts["Email"],
        "RelationshipStatus": "Enabled" if present.get("Status") == "ENABLED" else "Removed",
        "InvitedAt": present.get("CreatedAt"),
        "UpdatedAt": present.get("UpdatedAt") or shelf.get("updated", "2026-01-01T00:00:00Z"),
    }


@answers("guardduty", "GetAdministratorAccount", "GetMasterAccount")
def get_administrator_account(call: Call) -> dict[str, Any]:
    detector(call)
    admin = administrator(call, "guardduty")
    key = "Administrator" if call.operation == "GetAdministratorAccount" else "Master"
    if not admin or admin == call.account or not call.shelf().get("member"):
        return {key: {}}
    return {key: {"AccountId": admin, "RelationshipStatus": "Enabled", "InvitedAt": "2024-03-04T10:00:00Z"}}


def visible_findings(call: Call) -> list[dict[str, Any]]:
    """Return the account's own findings; the administrator sees all members'."""
    detector(call)
    accounts = members(call) if call.account == administrator(call, "guardduty") else {call.account}
    return [f for a in sorted(accounts) for f in call.world.peek(a, call.region, "guardduty").get("findings", [])]


@answers("guardduty")
def list_findings(call: Call) -> dict[str, Any]:
    criteria = (call.params.get("FindingCriteria") or {}).get("Criterion", {})
    found = [f["Id"] for f in visible_findings(call) if all(_meets(f, k, c) for k, c in criteria.items())]
    return paged(call, "FindingIds", found, most=50)


def _meets(finding: dict[str, Any], path: str, condition: dict[str, Any]) -> bool:
    value: Any = finding
    for part in path.split("."):
        value = value.get(part[0].upper() + part[1:]) if isinstance(value, dict) else None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    equals = condition.get("Equals") or condition.get("Eq")
    differs = condition.get("NotEquals") or condition.get("Neq")
    least = condition.get("GreaterThanOrEqual") or condition.get("Gte")
    return (
        (not equals or text in equals)
        and (not differs or text not in differs)
        and (least is None or float(value or 0) >= float(least))
    )


@answers("guardduty")
def get_findings(call: Call) -> dict[str, Any]:
    wanted = set(call.params["FindingIds"])
    return {"Findings": [f for f in visible_findings(call) if f["Id"] in wanted]}
