"""Policies of the Organization by what they are attached to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import AwsAccount, OrganizationalUnit
from posture.history import query
from posture.history.query import ResourceRecord
from posture.history.scope import Scope

POLICY = "AWS::Organizations::Policy"
ALLOWS_ALL = {"FullAWSAccess", "RCPFullAWSAccess"}
"""Policies by AWS that are attached everywhere and limit nothing."""
KINDS = {
    "SERVICE_CONTROL_POLICY": "SCP",
    "RESOURCE_CONTROL_POLICY": "RCP",
    "TAG_POLICY": "tag policy",
    "BACKUP_POLICY": "backup policy",
    "AISERVICES_OPT_OUT_POLICY": "AI opt-out policy",
    "DECLARATIVE_POLICY_EC2": "declarative policy",
    "CHATBOT_POLICY": "chat policy",
}


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A policy and what it is attached to."""

    resource_id: int
    name: str
    kind: str
    """The kind of policy."""
    target: str
    """Id of the root, unit or account that it is attached to."""
    where: str
    """The name of the root, unit or account."""


@dataclass(frozen=True, slots=True)
class Governance:
    """Policies by the id of their target; `is_known` is False if they are unread."""

    attached: Mapping[str, Sequence[Guardrail]]
    is_known: bool

    def of(self, account: AwsAccount) -> list[Guardrail]:
        """Return the policies of an account and of the units above it, nearest last."""
        above = account.unit.path.strip("/").split("/") if account.unit else []
        return [one for target in [*above, account.account_id] for one in self.attached.get(target, ())]


def governance(scope: Scope) -> Governance:
    """Return the policies that limit something, of those that the user may see.

    They are resources of the management account: who does not see that account does not see them.
    """
    attached: dict[str, list[Guardrail]] = {}
    policies = list(query.resources(scope).filter(type=POLICY).order_by("name"))
    for policy in policies:
        for one in _where(policy):
            attached.setdefault(one.target, []).append(one)
    is_hidden = not policies or query.gaps(scope).filter(resource_type=POLICY, blinds=True).exists()
    return Governance(attached, is_known=not is_hidden)


def _where(policy: ResourceRecord) -> list[Guardrail]:
    if policy.name in ALLOWS_ALL:
        return []
    config = policy.config
    kind = KINDS.get(str(config.get("Type")), "policy")
    return [
        Guardrail(policy.resource_id, policy.name, kind, str(target["TargetId"]), str(target.get("Name", "")))
        for target in _targets(config.get("Targets"))
    ]


def _targets(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict) and "TargetId" in one] if isinstance(value, list) else []


def units_above(account: AwsAccount, units: Sequence[OrganizationalUnit]) -> list[OrganizationalUnit]:
    """Return the units above an account, the root first."""
    if account.unit is None:
        return []
    above = [one for one in units if account.unit.path.startswith(one.path)]
    return sorted(above, key=lambda one: len(one.path))
