"""What to paste into AWS so that a gap closes.

An IAM statement, or a condition that spares the role.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.models import Organization
from posture import permissions
from posture.core.gap import GapReason

ALLOWED_BY_ROLE = frozenset({GapReason.ROLE_POLICY, GapReason.ROLE_OUT_OF_DATE, GapReason.DENIED})
"""Reasons that a statement in the role's own policies answers."""
DENIED_ABOVE = frozenset({GapReason.SERVICE_CONTROL_POLICY, GapReason.RESOURCE_CONTROL_POLICY})
"""Reasons that a condition in a policy of the Organization answers."""


@dataclass(frozen=True, slots=True)
class PolicyFix:
    """A policy or a part of one as JSON, and where it goes."""

    where: str
    text: str


def fix_for(action: str, reason: str, organization: Organization | None) -> PolicyFix | None:
    """Return what closes gaps of an action refused for a reason.

    None where no policy of ours does.
    """
    if organization is None or action not in permissions.management_actions():
        return None
    if reason in ALLOWED_BY_ROLE:
        return PolicyFix(f"Attach it to the role {organization.role_name} in each account.", allow([action]))
    if reason == GapReason.PERMISSIONS_BOUNDARY:
        return PolicyFix(f"Add it to the permissions boundary of the role {organization.role_name}.", allow([action]))
    if reason in DENIED_ABOVE:
        return PolicyFix("Add it to the statement that denies the action, next to its Effect.", _spare(organization))
    return None


def fix_for_all(refused: Iterable[tuple[str, str]], organization: Organization | None) -> PolicyFix | None:
    """Return one policy for all actions that the role lacks; None under two."""
    held = set(permissions.management_actions())
    actions = sorted({action for action, reason in refused if reason in ALLOWED_BY_ROLE and action in held})
    if organization is None or len(actions) < 2:  # noqa: PLR2004 - one has a policy of its own
        return None
    return PolicyFix(f"Attach it to the role {organization.role_name} in each account.", allow(actions))


def allow(actions: Iterable[str]) -> str:
    """Return an IAM policy that allows actions."""
    statement = {"Sid": "PlumblineReads", "Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    return _json({"Version": "2012-10-17", "Statement": [statement]})


def _spare(organization: Organization) -> str:
    role = f"arn:{organization.partition}:iam::*:role/{organization.role_name}"
    return f'"Condition": {_json({"ArnNotLike": {"aws:PrincipalArn": role}})}'


def _json(policy: Mapping[str, object]) -> str:
    return json.dumps(policy, indent=2)
