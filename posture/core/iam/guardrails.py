"""SCPs and RCPs of an account by level, from the Organization's stored resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from posture.core.iam.documents import PolicyInput
from posture.core.iam.inventory import compiled, not_read
from posture.core.resource import Resource
from posture.core.values import Unknown

ORGANIZATION, ACCOUNT, POLICY = (
    "AWS::Organizations::Organization",
    "AWS::Organizations::Account",
    "AWS::Organizations::Policy",
)
GUARDRAIL_TYPES = (ORGANIZATION, ACCOUNT, POLICY)
_UNREAD = not_read("organizations:ListPolicies")


@dataclass(frozen=True, slots=True)
class Guardrails:
    """What the Organization says of one account."""

    scp: tuple[tuple[PolicyInput, ...], ...] = ((_UNREAD,),)
    rcp: tuple[tuple[PolicyInput, ...], ...] = ((_UNREAD,),)
    is_management: bool | None = None
    organization_id: str = ""
    members: frozenset[str] = frozenset()
    """The ids of the Organization's accounts, as far as they were read."""


def guardrails_of(account_id: str, resources: Iterable[Resource]) -> Guardrails:
    """Return the guardrails of an account; those that were not read are unknown."""
    found = list(resources)
    accounts = {str(one.raw_config.get("Id")): one for one in found if one.type == ACCOUNT}
    organization = next((one.name for one in found if one.type == ORGANIZATION), "")
    account = accounts.get(account_id)
    if account is None:
        return Guardrails(organization_id=organization, members=frozenset(accounts))
    texts = {
        str(one.raw_config.get("Id")): compiled(one.raw_config.get("Content"), "organizations:DescribePolicy")
        for one in found
        if one.type == POLICY
    }
    config = account.raw_config
    is_management = config.get("IsManagementAccount")
    return Guardrails(
        _levels(config, "SERVICE_CONTROL_POLICY", texts),
        _levels(config, "RESOURCE_CONTROL_POLICY", texts),
        is_management if isinstance(is_management, bool) else None,
        organization,
        frozenset(accounts),
    )


def _levels(
    config: Mapping[str, Any], kind: str, texts: Mapping[str, PolicyInput]
) -> tuple[tuple[PolicyInput, ...], ...]:
    attached = config.get("Policies", _UNREAD)
    if isinstance(attached, Unknown):
        return ((attached,),)
    levels: dict[str, list[PolicyInput]] = {}
    for entry in attached:
        if entry["Type"] == kind:
            text = texts.get(entry["Id"], not_read("organizations:DescribePolicy"))
            levels.setdefault(entry["From"], []).append(text)
    return tuple(map(tuple, levels.values()))
