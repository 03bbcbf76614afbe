"""What a sweep will take before it is asked for.

Calls, time, and what AWS bills for having been read.

From the last sweep where there is one, else from what the collectors declare; it says which. AWS bills
no read itself, but each one is a CloudTrail event that other services are paid for by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean

from django.db.models import Exists, OuterRef

from accounts.models import AwsAccount, ConnectionTest, Organization
from posture.collectors import all_collectors
from posture.core.collector import ListingScope
from posture.history.models import AccountSweep, Snapshot

GUARDDUTY_DOLLARS = 4.00 / 1_000_000
"""For an event that GuardDuty analyses: CloudTrail management events, first tier, US East (N. Virginia), 2026-11.

Source: aws.amazon.com/guardduty/pricing."""
TRAIL_DOLLARS = 2.00 / 100_000
"""For an event in a second copy of management events; the first is free. 2026-11.

Source: aws.amazon.com/cloudtrail/pricing."""
HOURS_A_MONTH = 730

REGIONS: Mapping[str, int] = {"aws": 17, "aws-us-gov": 2, "aws-cn": 2, "aws-eusc": 1}
"""Regions that are enabled in a new account, by partition: what is swept where none are named."""
DETAILS = 1.5
"""A margin over each declared action once: further pages, and details of several resources."""
SLOW, FAST = 100.0, 500.0
"""Calls a second of one worker, while none have been measured: far from AWS, and near to it."""
SLACK = 0.3
"""How far a measured pace reaches to both sides."""


@dataclass(frozen=True, slots=True)
class ValueRange:
    """From the least to the most."""

    low: float
    high: float

    def times(self, factor: float) -> ValueRange:
        """Return the range multiplied."""
        return ValueRange(self.low * factor, self.high * factor)

    def plus(self, other: ValueRange) -> ValueRange:
        """Return both together."""
        return ValueRange(self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class SweepPrice:
    """Calls of one account: those that it makes anyway, and those for each region."""

    fixed: ValueRange
    a_region: ValueRange
    once: ValueRange = ValueRange(0, 0)
    """For the Organization as a whole."""
    a_second: ValueRange = ValueRange(SLOW, FAST)
    measured_at: datetime | None = None
    """When the sweep was that this is known from; None where it is what the collectors declare."""
    regions: int | None = None
    """Regions that were swept in an account, where this was measured."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one sweep takes.

    `accounts` None: not known yet, and the figures are those of one account.
    """

    accounts: int | None
    regions: int
    calls: ValueRange
    seconds: ValueRange
    measured_at: datetime | None
    every_hours: int = 0

    @property
    def took(self) -> tuple[timedelta, timedelta]:
        """Least and most time."""
        return timedelta(seconds=self.seconds.low), timedelta(seconds=self.seconds.high)

    @property
    def guardduty(self) -> ValueRange:
        """What GuardDuty bills for analysing the events of one sweep, in dollars.

        Nothing where it is off.
        """
        return self.calls.times(GUARDDUTY_DOLLARS)

    @property
    def trail(self) -> ValueRange:
        """What a second trail bills for one sweep, in dollars.

        Nothing where there is none, or it leaves reads out.
        """
        return self.calls.times(TRAIL_DOLLARS)

    @property
    def sweeps_a_month(self) -> float:
        """Sweeps by the schedule; 0 where there is none."""
        return HOURS_A_MONTH / self.every_hours if self.every_hours else 0.0

    @property
    def overlaps(self) -> bool:
        """Return True if a sweep may take longer than the schedule's interval."""
        return bool(self.every_hours) and self.seconds.high > self.every_hours * 3600


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What somebody is about to save or to start."""

    organization: Organization | None = None
    partition: str = "aws"
    regions: Sequence[str] = ()
    every_hours: int = 0
    is_single: bool = False


def estimate(plan: SweepPlan) -> Estimate:
    """Return what a sweep by this plan takes."""
    price = (measured(plan.organization) if plan.organization else None) or declared()
    accounts = 1 if plan.is_single else known_accounts(plan.organization)
    regions = len(plan.regions) or price.regions or REGIONS.get(plan.partition, 1)
    calls = price.fixed.plus(price.a_region.times(regions)).times(accounts or 1)
    if not plan.is_single:
        calls = calls.plus(price.once)
    seconds = ValueRange(calls.low / price.a_second.high, calls.high / price.a_second.low)
    return Estimate(accounts, regions, calls, seconds, price.measured_at, plan.every_hours)


def declared() -> SweepPrice:
    """Return what the collectors declare.

    At least each listing once, and usually their details with it.
    """
    return SweepPrice(
        _declared(ListingScope.GLOBAL), _declared(ListingScope.REGIONAL), _declared(ListingScope.ORGANIZATION)
    )


def _declared(reach: ListingScope) -> ValueRange:
    # Clusters are asked by no call of AWS's but one, which is asked for them anyway.
    found = [each for each in all_collectors().values() if each.scope is reach and not each.kubernetes]
    return ValueRange(len(found), DETAILS * sum(len(each.actions) for each in found))


def measured(organization: Organization) -> SweepPrice | None:
    """Return what the organization's last complete sweep took.

    None where there is none that counted its calls.
    """
    # A sweep that somebody asks for reads every type, and so must the one that it is estimated from.
    full = AccountSweep.objects.filter(snapshot=OuterRef("pk"), state=AccountSweep.State.DONE, full_read_at=None)
    complete = organization.snapshots.filter(Exists(full), state=Snapshot.State.COMPLETE)
    last = complete.order_by("-as_of").first()
    if last is None or last.ended_at is None:
        return None
    parts = AccountSweep.objects.filter(snapshot=last, state=AccountSweep.State.DONE, full_read_at=None)
    by_region = [{name: spent[0] for name, spent in kept.items()} for kept in parts.values_list("by_region", flat=True)]
    counted = [calls for calls in by_region if calls]
    if not counted:
        return None
    a_region = mean(_a_region(calls) for calls in counted)
    total, regions = mean(sum(calls.values()) for calls in counted), mean(len(calls) for calls in counted)
    took = max((last.ended_at - last.started_at).total_seconds(), 1.0)
    pace = total * len(counted) / took
    fixed = max(0.0, total - a_region * regions)
    return SweepPrice(
        fixed=ValueRange(fixed, fixed),
        a_region=ValueRange(a_region, a_region),
        a_second=ValueRange(pace * (1 - SLACK), pace * (1 + SLACK)),
        measured_at=last.ended_at,
        regions=round(regions),
    )


def _a_region(calls: Mapping[str, float]) -> float:
    """Return an account's calls for a region.

    The one with the most also answers for the global services.
    """
    others = sorted(calls.values())[:-1]
    return mean(others or calls.values())


def known_accounts(organization: Organization | None) -> int | None:
    """Return how many accounts would be swept; None if unknown.

    As discovered, or as counted by the last connection test.
    """
    if organization is None:
        return None
    if organization.kind == Organization.Kind.ACCOUNT:
        return 1
    active = organization.accounts.filter(left_at=None, state=AwsAccount.State.ACTIVE).count()
    return active or _tested(organization.connection_tests.filter(succeeded=True)[:1])


def _tested(tests: Iterable[ConnectionTest]) -> int | None:
    details = [str(step.get("detail", "")) for test in tests for step in test.steps if step.get("name") == "Accounts"]
    found = [match for match in (re.search(r"(\d+) of them active", words) for words in details) if match]
    return int(found[0][1]) if found else None
