"""Regions closed by an organization policy: one fact per account and region.

It replaces a gap for each type.

The gaps themselves stay as they are, in the blind share and in the score: resources that were made before a
region was closed may still be there, and services that the policy spares are still read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, F, Func, Min, Q, QuerySet, Value, Window

from accounts.models import AwsAccount
from posture.core.gap import ANY, GapReason
from posture.history.models import AnyGap
from posture.history.query.resources import gaps
from posture.history.scope import Scope

CLOSED_REGION_MIN_TYPES = 12
"""As many types refused by one kind of policy in one region are taken for the region being closed.

Region-deny guardrails spare some services, so that never all are refused.
"""

POLICY = r"policy/[^[:space:]]*/(p-[0-9a-z]+)"
"""Where AWS's message names the policy, as arn:aws:organizations::…:policy/o-…/service_control_policy/p-…"""

_BY_POLICY = Q(reason=GapReason.SERVICE_CONTROL_POLICY) & ~Q(region=ANY)


@dataclass(frozen=True, slots=True)
class ClosedRegion:
    """A region that is closed to an account; `policy` is empty where AWS names none."""

    account: AwsAccount
    region: str
    policy: str
    types: int
    """How many resource types it hides."""
    since: datetime


def list_closures(scope: Scope) -> list[ClosedRegion]:
    """Return the regions that are closed, by account and region."""
    policy = Func(F("message"), Value(POLICY), function="substring", output_field=CharField())
    rows: Any = gaps(scope).filter(_BY_POLICY).select_related(None).order_by()
    counted = (
        rows.values("account_id", "region")
        .annotate(types=Count("resource_type", distinct=True), since=Min("opened_at"), policy=Min(policy))
        .filter(types__gte=CLOSED_REGION_MIN_TYPES)
        .order_by("account_id", "region")
    )
    found = [
        ClosedRegion(scope.by_pk[row["account_id"]], row["region"], row["policy"] or "", row["types"], row["since"])
        for row in counted
    ]
    return sorted(found, key=lambda one: (one.policy, one.account.name, one.region))


def exclude_closures(rows: QuerySet[AnyGap]) -> QuerySet[AnyGap]:
    """Leave out the listings that a closed region stands for."""
    together = Window(Count("pk"), partition_by=[F("account_id"), F("region")])
    listings: Any = rows.filter(_BY_POLICY, resources=None).select_related(None).order_by()
    return rows.exclude(
        pk__in=listings.annotate(together=together).filter(together__gte=CLOSED_REGION_MIN_TYPES).values("pk")
    )
