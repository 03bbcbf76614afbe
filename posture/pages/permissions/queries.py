"""The purpose of each permission by collectors and checks, and its refusals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Min, Sum

from accounts.models import AwsAccount
from posture import permissions
from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.core.check import Check
from posture.core.collector import Collector, ListingScope
from posture.core.gap import GapReason
from posture.history import query
from posture.history.scope import Scope
from posture.pages.sweeps.gap_policies import PolicyFix, fix_for
from posture.permissions.levels import level_of

EVERYWHERE, MANAGEMENT = "every account", "the management account"

_REFUSALS = [
    reason
    for reason in GapReason
    if reason.blinds
    and reason
    not in {
        GapReason.ROLE_NOT_ASSUMED,
        GapReason.THROTTLED,
        GapReason.TIMED_OUT,
        GapReason.CREDENTIALS_EXPIRED,
        GapReason.SERVICE_ERROR,
        GapReason.BAD_ANSWER,
        GapReason.UNREACHABLE,
    }
]
"""Reasons that concern the permission, not the connection to AWS."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One IAM action that the role has."""

    action: str
    level: str
    """As in AWS's reference: List, Read, …"""
    where: str
    """Whether the role has it in every account, or only in the management account."""
    purpose: str
    """What the engine needs it for; empty if only collectors do."""
    collectors: Sequence[Collector]
    checks: Sequence[Check]
    """The checks that are unknown without it, most severe first."""

    @property
    def service(self) -> str:
        """IAM's prefix of the service."""
        return self.action.partition(":")[0]

    def has(self, words: str) -> bool:
        """Return True if each word is in its action, types or checks."""
        text = " ".join(
            (
                self.action,
                self.purpose,
                *(f"{one.plural} {one.resource_type}" for one in self.collectors),
                *(f"{check.title} {check.problem} {check.id}" for check in self.checks),
            )
        ).lower()
        return all(word in text for word in words.lower().split())


@dataclass(frozen=True, slots=True)
class AccountRefusal:
    """One account in which an action is refused."""

    account: AwsAccount
    reason: str
    since: datetime
    resources: int | None = None
    """How many resources lack a field; None if whole listings were refused."""


@cache
def catalogue() -> Mapping[str, Permission]:
    """Return every permission by its action."""
    by_action: dict[str, list[Collector]] = defaultdict(list)
    for one in all_collectors().values():
        for action in one.actions:
            by_action[action].append(one)
    everywhere = set(permissions.member_actions())
    purposes = {**permissions.ENGINE_ACTIONS, **permissions.DISCOVERY_ACTIONS}
    return {
        action: Permission(
            action=action,
            level=level_of(action),
            where=EVERYWHERE if action in everywhere else MANAGEMENT,
            purpose=purposes.get(action, ""),
            collectors=by_action.get(action, []),
            checks=_checks_needing(action, by_action.get(action, [])),
        )
        for action in permissions.management_actions()
    }


def _checks_needing(action: str, collectors: Sequence[Collector]) -> list[Check]:
    """Return the checks that are unknown without an action."""
    types = {one.resource_type for one in collectors}
    if action == "ec2:DescribeRegions":
        types |= {one.resource_type for one in all_collectors().values() if one.scope is ListingScope.REGIONAL}
    found = [one for one in all_checks().values() if types & {one.resource_type, *one.needs}]
    return sorted(found, key=lambda one: (-one.severity, one.title))


def refusals(scope: Scope) -> dict[str, list[AccountRefusal]]:
    """Return the accounts in which each action is refused, by action."""
    found: dict[str, list[AccountRefusal]] = defaultdict(list)
    for action, account, reason, since, resources in query.get_or_compute(scope, "refusals", lambda: _refused(scope)):
        found[action].append(AccountRefusal(scope.by_pk[account], reason, since, resources))
    return dict(found)


def _refused(scope: Scope) -> list[tuple[str, int, str, datetime, int | None]]:
    """Return refusals by action, account and reason: since when, how many resources."""
    rows: Any = query.all_gaps(scope).filter(reason__in=_REFUSALS).select_related(None).order_by()
    grouped = rows.values_list("action", "account_id", "reason")
    return list(grouped.annotate(since=Min("opened_at"), lacking=Sum("resources")).order_by("since"))


@dataclass(frozen=True, slots=True)
class Refused:
    """One action that is refused for one reason, in some accounts."""

    permission: Permission
    reason: str
    accounts: Sequence[AwsAccount]
    since: datetime
    fix: PolicyFix | None


def refused(scope: Scope, by_action: Mapping[str, Sequence[AccountRefusal]]) -> list[Refused]:
    """Return refusals by action and reason, those of most accounts first."""
    found: dict[tuple[str, str], list[AccountRefusal]] = defaultdict(list)
    for action, each in by_action.items():
        if action in catalogue():
            for one in each:
                found[action, one.reason].append(one)
    rows = [
        Refused(
            catalogue()[action],
            reason,
            sorted({one.account for one in each}, key=lambda account: account.name),
            min(one.since for one in each),
            fix_for(action, reason, scope.organization),
        )
        for (action, reason), each in found.items()
    ]
    return sorted(rows, key=lambda row: (-len(row.accounts), row.permission.action, row.reason))
