"""Why something could not be seen, in words: gaps gathered by their cause, and the checks that each blinds.

One refused role is one cause, whatever it hides; so is one action that is denied in many regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from accounts.models import AwsAccount
from posture import permissions
from posture.checks import all_checks
from posture.core.check import Check
from posture.core.gap import ANY, GapReason
from posture.core.outcome import Severity
from posture.history import read
from posture.history.read.closures import outside_closures
from posture.history.scope import Scope

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


MOST_PARTS = 50
"""Accounts that a cause names; all gaps are listed one by one as well."""


def words(reason: str) -> str:
    """Return a reason in words; one that the code no longer knows as it is."""
    known = {one.value: text for one, text in WORDS.items()}
    return known.get(reason, reason)


class Row(NamedTuple):
    """A gap of a listing, or of a field of so many `resources`. A tuple, since there may be many thousands."""

    account: AwsAccount
    region: str
    resource_type: str
    action: str
    reason: str
    error: str
    blinds: bool
    message: str
    remedy: str
    request_id: str
    resources: int | None
    opened_at: datetime


def rows(scope: Scope) -> list[Row]:
    """Return the current gaps of a scope, oldest first, without those that a closed region stands for."""
    found: Any = outside_closures(read.all_gaps(scope)).select_related(None).order_by("opened_at", "pk")
    return [Row(scope.by_pk[pk], *rest) for pk, *rest in found.values_list("account_id", *Row._fields[1:])]


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
    resources: int


@dataclass
class Cause:
    """Gaps that one thing brings about."""

    action: str
    reason: str
    error: str
    blinds: bool
    is_field: bool = False
    """A field of resources that were listed could not be read; else whole listings."""
    gaps: list[Row] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Why, in words."""
        return words(self.reason)

    @property
    def is_permission(self) -> bool:
        """Tell whether its action is one that the role holds, and so has a page of its own."""
        return self.action in permissions.management_actions()

    @property
    def remedy(self) -> str:
        """What would mend it: the first of what the gaps say."""
        return next((gap.remedy for gap in self.gaps if gap.remedy), "")

    @property
    def resources(self) -> int:
        """How many resources lack the field."""
        return sum(gap.resources or 0 for gap in self.gaps)

    @property
    def since(self) -> datetime:
        """When it began."""
        return min(gap.opened_at for gap in self.gaps)

    @property
    def hides_all(self) -> bool:
        """Tell whether nothing at all could be read where it holds."""
        return any(gap.resource_type == ANY for gap in self.gaps)

    @property
    def types(self) -> list[str]:
        """The resource types that it hides, by name."""
        return sorted({gap.resource_type for gap in self.gaps} - {ANY})

    @property
    def regions(self) -> list[str]:
        """The regions that it holds in, by name; none where it holds in all."""
        named = {gap.region for gap in self.gaps}
        return [] if ANY in named else sorted(named)

    @cached_property
    def parts(self) -> list[AccountPart]:
        """The cause account by account."""
        by_account: dict[int, list[Row]] = {}
        for gap in self.gaps:
            by_account.setdefault(gap.account.pk, []).append(gap)
        return sorted((_part(gaps) for gaps in by_account.values()), key=lambda part: part.account.name)

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
        """The checks that cannot be told for it, most severe first."""
        return blinded(frozenset(gap.resource_type for gap in self.gaps)) if self.blinds else []

    @property
    def gravest(self) -> list[Check]:
        """Those of them that are critical."""
        return [check for check in self.checks if check.severity == Severity.CRITICAL]


def _part(gaps: Sequence[Row]) -> AccountPart:
    quoted = next((gap for gap in gaps if gap.message), gaps[0])
    return AccountPart(
        account=gaps[0].account,
        regions=sorted({gap.region for gap in gaps}),
        types=sorted({gap.resource_type for gap in gaps}),
        message=quoted.message,
        request_id=quoted.request_id,
        remedy=next((gap.remedy for gap in gaps if gap.remedy), ""),
        since=min(gap.opened_at for gap in gaps),
        resources=sum(gap.resources or 0 for gap in gaps),
    )


@lru_cache(maxsize=500)
def blinded(types: frozenset[str]) -> list[Check]:
    """Return the checks that judge, or need beside what they judge, one of the types; `*` is every type."""
    found = [one for one in all_checks().values() if ANY in types or types & {one.resource_type, *one.needs}]
    return sorted(found, key=lambda one: (-one.severity, one.title))


def causes(gaps: Iterable[Row]) -> list[Cause]:
    """Return gaps by cause: what blinds first, and of that what hides everything and most."""
    found: dict[tuple[str, str, str, bool], Cause] = {}
    for gap in gaps:
        key = (gap.action, gap.reason, gap.error, gap.resources is not None)
        if key not in found:
            found[key] = Cause(gap.action, gap.reason, gap.error, gap.blinds, gap.resources is not None)
        found[key].gaps.append(gap)
    return sorted(found.values(), key=lambda one: (not one.blinds, not one.hides_all, -len(one.gaps), one.action))
