"""Security Hub (CSPM): hub, standards, findings with the filters that matter."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.answers.organizations import administrator, members, others_with
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged

FIELDS = {
    "AwsAccountId": ("AwsAccountId",),
    "ComplianceSecurityControlId": ("Compliance", "SecurityControlId"),
    "ComplianceStatus": ("Compliance", "Status"),
    "GeneratorId": ("GeneratorId",),
    "Id": ("Id",),
    "ProductName": ("ProductName",),
    "RecordState": ("RecordState",),
    "Region": ("Region",),
    "SeverityLabel": ("Severity", "Label"),
    "WorkflowStatus": ("Workflow", "Status"),
}


def hub(call: Call) -> dict[str, Any]:
    """Return the hub of this account and region, or say that there is none."""
    found: dict[str, Any] | None = call.shelf().get("hub")
    if not found:
        message = f"Account {call.account} is not subscribed to AWS Security Hub"
        raise AwsError("InvalidAccessException", message, 401)
    return found


@answers("securityhub")
def describe_hub(call: Call) -> dict[str, Any]:
    return dict(hub(call))


@answers("securityhub")
def get_enabled_standards(call: Call) -> dict[str, Any]:
    hub(call)
    return paged(call, "StandardsSubscriptions", call.shelf().get("standards", []))


@answers("securityhub")
def list_organization_admin_accounts(call: Call) -> dict[str, Any]:
    if call.account != call.world.management:
        raise AwsError("InvalidAccessException", "The caller is not the management account of an organization.", 401)
    admin = administrator(call, "securityhub")
    return {"AdminAccounts": [{"AccountId": admin, "Status": "ENABLED"}] if admin else []}


@answers("securityhub")
def get_administrator_account(call: Call) -> dict[str, Any]:
    hub(call)
    admin = administrator(call, "securityhub")
    if not admin or admin == call.account or call.account not in members(call):
        return {}
    return {"Administrator": {"AccountId": admin, "MemberStatus": "Enabled", "InvitedAt": "2024-03-04T10:00:00Z"}}


@answers("securityhub")
def describe_organization_configuration(call: Call) -> dict[str, Any]:
    hub(call)
    if call.account != administrator(call, "securityhub"):
        message = f"Account {call.account} is not an administrator for this organization"
        raise AwsError("InvalidAccessException", message, 401)
    return {"AutoEnable": True, "MemberAccountLimitReached": False, "AutoEnableStandards": "DEFAULT"}


@answers("securityhub")
def list_members(call: Call) -> dict[str, Any]:
    hub(call)
    found = [
        {
            "AccountId": account,
            "AdministratorId": call.account,
            "Email": email,
            "InvitedAt": "2024-03-04T10:00:00Z",
            "MasterId": call.account,
            "MemberStatus": "Enabled",
        }
        for account, email in others_with(call, "securityhub", "hub")
    ]
    return paged(call, "Members", found, most=50)


@answers("securityhub")
def get_findings(call: Call) -> dict[str, Any]:
    hub(call)
    accounts = members(call) if call.account == administrator(call, "securityhub") else {call.account}
    found = [f for a in sorted(accounts) for f in call.world.peek(a, call.region, "securityhub").get("findings", [])]
    filters = call.params.get("Filters") or {}
    return paged(call, "Findings", [f for f in found if all(_meets(f, k, r) for k, r in filters.items())])


def _meets(finding: dict[str, Any], name: str, rules: list[dict[str, Any]]) -> bool:
    """Evaluate a string filter.

    Equalities are alternatives, inequalities must all hold, as AWS documents.
    """
    if name not in FIELDS:
        raise AwsError("InvalidInputException", f"The simulated Security Hub does not filter by {name}.", 400)
    value: Any = finding
    for part in FIELDS[name]:
        value = value.get(part, {})
    some = [_compare(str(value), rule) for rule in rules if not rule["Comparison"].startswith("NOT_")]
    all_of = [_compare(str(value), rule) for rule in rules if rule["Comparison"].startswith("NOT_")]
    return (any(some) if some else True) and all(all_of)


def _compare(value: str, rule: dict[str, Any]) -> bool:
    wanted = str(rule["Value"])
    return {
        "EQUALS": value == wanted,
        "NOT_EQUALS": value != wanted,
        "PREFIX": value.startswith(wanted),
        "PREFIX_NOT_EQUALS": not value.startswith(wanted),
        "CONTAINS": wanted in value,
        "NOT_CONTAINS": wanted not in value,
    }[rule["Comparison"]]
