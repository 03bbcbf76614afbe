"""Why something could not be seen, in words.

Gaps gathered by their cause, and the checks that each blinds.

One refused role is one cause, whatever it hides; so is one action that is denied in many regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, Q, Sum, TextField, Value
from django.db.models.functions import Coalesce, Concat

from accounts.models import AwsAccount
from posture import permissions
from posture.checks import all_checks
from posture.core.check import Check
from posture.core.gap import ANY, GapReason
from posture.core.outcome import Severity
from posture.history import query
from posture.history.query import exclude_closures
from posture.history.scope import Scope
from posture.pages.sweeps.gap_policies import PolicyFix, fix_for

WORDS: Mapping[GapReason, str] = {
    GapReason.ROLE_NOT_ASSUMED: "The role could not be assumed",
    GapReason.ROLE_POLICY: "The role's own policy does not allow it",
    GapReason.PERMISSIONS_BOUNDARY: "A permissions boundary on the role forbids it",
    GapReason.SESSION_POLICY: "The session's policy forbids it",
    GapReason.SERVICE_CONTROL_POLICY: "A service control policy of the Organization forbids it",
    GapReason.RESOURCE_CONTROL_POLICY: "A resource control policy of the Organization forbids it",
    GapReason.RESOURCE_POLICY: "The resource's own policy forbids it",
    GapReason.DENIED: "AWS denied it, and did not say which policy",
    GapReason.ROLE_OUT_OF_DATE: "The role was deployed before this was collected",
    GapReason.NOT_OPTED_IN: "The region is not enabled in the account",
    GapReason.NOT_OFFERED: "AWS does not offer the service there",
    GapReason.SERVICE_NOT_ENABLED: "The service is not enabled",
    GapReason.PLAN_MISSING: "The account's support plan does not include it",
    GapReason.THROTTLED: "AWS slowed us down until time ran out",
    GapReason.CREDENTIALS_EXPIRED: "The session's credentials expired",
    GapReason.TIMED_OUT: "AWS did not answer in time",
    GapReason.SERVICE_ERROR: "AWS answered with an error",
    GapReason.BAD_ANSWER: "AWS's answer could not be read",
    GapReason.UNREACHABLE: "AWS could not be reached",
}


MOST_PARTS = 12
"""Accounts that a cause names; all gaps are listed one by one as well."""


def words(reason: str) -> str:
    """Return a reason in words; one that the code no longer knows as it is."""
    known = {one.value: text for one, text in WORDS.items()}
    return known.get(reason, reason)


@dataclass(frozen=True, slots=True)
class AccountPart:
    """A cause in one account: where, and what it hides there."""

    account: AwsAccount
    regions: Sequence[str]
    types: Sequence[str]
    message: str
    request_id: str
    """AWS's name for the request that the message answers."""
    remedy: str
    since: datetime
    gaps: int
    resources: int
    """How many lack the field; 0 where listings are hidden."""


@dataclass
class GapCause:
    """Gaps that one thing brings about."""

    action: str
    reason: str
    error: str
    blinds: bool
    is_field: bool = False
    """A field of resources that were listed could not be read; else whole listings."""
    parts: list[AccountPart] = field(default_factory=list)
    """The cause account by account, by name."""
    fix: PolicyFix | None = None
    """What to paste into AWS, where there is such a thing."""

    @property
    def words(self) -> str:
        """Why, in words."""
        return words(self.reason)

    @property
    def is_permission(self) -> bool:
        """Return True where the role holds the action, which then has a page of its own."""
        return self.action in permissions.management_actions()

    @property
    def remedy(self) -> str:
        """How to fix it: the first remedy that its gaps name."""
        return next((part.remedy for part in self.parts if part.remedy), "")

    @property
    def gaps(self) -> int:
        """How many listings it hides, or places in which it leaves a field unknown."""
        return sum(part.gaps for part in self.parts)

    @property
    def resources(self) -> int:
        """How many resources lack the field."""
        return sum(part.resources for part in self.parts)

    @property
    def since(self) -> datetime:
        """When it began."""
        return min(part.since for part in self.parts)

    @property
    def hides_all(self) -> bool:
        """Return True where nothing at all could be read."""
        return any(ANY in part.types for part in self.parts)

    @property
    def types(self) -> list[str]:
        """The resource types that it hides, by name."""
        return sorted({kind for part in self.parts for kind in part.types} - {ANY})

    @property
    def regions(self) -> list[str]:
        """The regions that it holds in, by name; none where it holds in all."""
        named = {region for part in self.parts for region in part.regions}
        return [] if ANY in named else sorted(named)

    @property
    def named(self) -> list[AccountPart]:
        """The first of the accounts."""
        return self.parts[:MOST_PARTS]

    @property
    def more(self) -> int:
        """How many accounts are not named."""
        return max(0, len(self.parts) - MOST_PARTS)

    @property
    def checks(self) -> list[Check]:
        """The checks that are unknown because of it, most severe first."""
        return blinded(frozenset(kind for part in self.parts for kind in part.types)) if self.blinds else []

    @property
    def critical_checks(self) -> list[Check]:
        """Those of them that are critical."""
        return [check for check in self.checks if check.severity == Severity.CRITICAL]


@lru_cache(maxsize=500)
def blinded(types: frozenset[str]) -> list[Check]:
    """Return the checks that judge one of the types, or need it for another.

    `*` is every type.
    """
    found = [one for one in all_checks().values() if ANY in types or types & {one.resource_type, *one.needs}]
    return sorted(found, key=lambda one: (-one.severity, one.title))


def causes(scope: Scope) -> list[GapCause]:
    """Return the current gaps of a scope by cause.

    What blinds first, and of that what hides everything and most.

    Those that a closed region stands for are left out.
    """
    found: dict[Key, GapCause] = {}
    for pk, key, *part in query.get_or_compute(scope, "causes", lambda: _grouped(scope)):
        if key not in found:
            found[key] = GapCause(*key)
            found[key].fix = fix_for(key[0], key[1], scope.organization)
        found[key].parts.append(AccountPart(scope.by_pk[pk], *part))
    for cause in found.values():
        cause.parts.sort(key=lambda part: part.account.name)
    return sorted(found.values(), key=lambda one: (not one.blinds, not one.hides_all, -one.gaps, one.action))


Key = tuple[str, str, str, bool, bool]
"""Action, reason, error, whether it blinds, and whether it is of a field."""
APART = "\x1f"


def _grouped(scope: Scope) -> list[tuple[Any, ...]]:
    """Return the fields of an `AccountPart` for each account and cause.

    They are plain values, as there may be thousands.
    """
    gaps: Any = exclude_closures(query.all_gaps(scope)).select_related(None).order_by()
    counted = gaps.annotate(is_field=Q(resources__isnull=False)).values_list(
        "account_id", "action", "reason", "error", "blinds", "is_field"
    ).annotate(
        regions=ArrayAgg("region", distinct=True),
        kinds=ArrayAgg("resource_type", distinct=True),
        # The message and the request that it answers belong together.
        said=Max(Concat("message", Value(APART), "request_id", output_field=TextField())),
        cure=Max("remedy"),
        since=Min("opened_at"),
        number=Count("pk"),
        lacking=Coalesce(Sum("resources"), 0),
    )  # fmt: skip
    return [
        (pk, tuple(key), sorted(regions), sorted(kinds), *said.split(APART, 1), cure, since, number, lacking)
        for pk, *key, regions, kinds, said, cure, since, number, lacking in counted
    ]
