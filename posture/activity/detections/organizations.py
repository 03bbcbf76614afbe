"""Accounts that leave an organization, and its guards that are removed."""

from __future__ import annotations

from posture.activity.detection import detection
from posture.activity.events import Event
from posture.core.outcome import Severity


@detection(
    id="organizations_account_leaves",
    title="Account leaves the organization",
    severity=Severity.CRITICAL,
    attack=("T1562.001", "T1666"),
    events=("organizations:LeaveOrganization", "organizations:RemoveAccountFromOrganization"),
    includes_failed=True,
    fires=(
        {"event": "organizations:LeaveOrganization"},
        {"event": "organizations:LeaveOrganization", "errorCode": "AccessDenied"},
    ),
    quiet=({"event": "organizations:InviteAccountToOrganization"},),
)
def account_leaves(event: Event) -> str | None:
    """Return a sentence for tries as well: nobody leaves by accident."""
    verb = "Tried to take" if event.error else "Took"
    return f"{verb} account {event.parameter('accountId') or event.account} out of the organization."


@detection(
    id="organizations_policy_removed",
    title="Organization policy removed",
    severity=Severity.HIGH,
    attack=("T1562.001", "T1666"),
    events=("organizations:DetachPolicy", "organizations:DeletePolicy", "organizations:DisablePolicyType"),
    fires=({"event": "organizations:DetachPolicy", "requestParameters": {"policyId": "p-1", "targetId": "ou-1"}},),
    quiet=({"event": "organizations:AttachPolicy", "requestParameters": {"policyId": "p-1", "targetId": "ou-1"}},),
)
def policy_removed(event: Event) -> str | None:
    """Return a sentence for each guard that is gone."""
    keys = ("policyId", "policyType", "targetId", "rootId")
    return f"{event.name}: {', '.join(event.parameter(key) for key in keys if event.parameter(key))}."


@detection(
    id="organizations_account_moved",
    title="Account moved to another unit",
    severity=Severity.MEDIUM,
    attack=("T1666",),
    events=("organizations:MoveAccount",),
    fires=({"event": "organizations:MoveAccount", "requestParameters": {"accountId": "222222222222"}},),
    quiet=({"event": "organizations:CreateAccount"},),
)
def account_moved(event: Event) -> str | None:
    """Return a sentence where other policies apply from now on."""
    to = event.parameter("destinationParentId")
    return f"Moved account {event.parameter('accountId')} to {to}."


@detection(
    id="organizations_administrator_delegated",
    title="Administration of a service delegated",
    severity=Severity.HIGH,
    attack=("T1098",),
    events=("organizations:RegisterDelegatedAdministrator",),
    fires=({"event": "organizations:RegisterDelegatedAdministrator", "requestParameters": {"accountId": "2"}},),
    quiet=({"event": "organizations:DeregisterDelegatedAdministrator", "requestParameters": {"accountId": "2"}},),
)
def delegated(event: Event) -> str | None:
    """Return a sentence for each account that governs a service for all."""
    return f"Account {event.parameter('accountId')} administers {event.parameter('servicePrincipal')} for all."


@detection(
    id="account_region_enabled",
    title="Region enabled",
    severity=Severity.MEDIUM,
    attack=("T1535",),
    events=("account:EnableRegion",),
    fires=({"event": "account:EnableRegion", "requestParameters": {"RegionName": "ap-east-1"}},),
    quiet=({"event": "account:DisableRegion", "requestParameters": {"RegionName": "ap-east-1"}},),
)
def region_enabled(event: Event) -> str | None:
    """Return a sentence for each region that was off."""
    return f"Enabled region {event.parameter('RegionName')}."
