"""What the pages of sweeps read, all through the scope.

Passes, accounts in them, and how far one has come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db import models
from django.db.models import Count, F, Func, Min, Q, QuerySet, Sum
from django.utils import timezone

from posture.history import query
from posture.history.query import AccountSweep, Snapshot
from posture.history.scope import Scope
from posture.orchestration import costs
from posture.orchestration.costs import CallCosts

State = AccountSweep.State
OPEN = [State.QUEUED, State.RUNNING]
FAILED_STATES = [State.REFUSED, State.FAILED]
NAMED = 12
"""Accounts that are named as being swept right now."""
OPERATIONS = 12


class Calls(Func):
    """How many calls a part made, of all operations."""

    template = "(SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(%(expressions)s))"
    output_field = models.BigIntegerField()


FIGURES = ("done", "refused", "failed", "skipped", "cancelled", "gaps", "resources", "calls")


def with_figures(scope: Scope, snapshots: QuerySet[Snapshot]) -> list[Any]:
    """Return snapshots with the figures of the scope's accounts.

    Done, refused, failed, skipped, gaps, calls, took.

    A sweep has a part for each account, and there are hundreds of sweeps: what those that have ended amount to
    is counted once and kept. Figures are None where no account of the scope was part of it.
    """
    found: list[Any] = list(snapshots.select_related("requested_by"))
    ended = [one.pk for one in found if one.state != Snapshot.State.RUNNING]
    figures = query.get_or_compute(scope, "sweeps", lambda: _figures(scope, ended), sorted(ended))
    figures |= _figures(scope, [one.pk for one in found if one.state == Snapshot.State.RUNNING])
    for one in found:
        one.took = one.ended_at - one.started_at if one.ended_at else None
        for name, figure in zip(FIGURES, figures.get(one.pk, [None] * len(FIGURES)), strict=True):
            setattr(one, name, figure)
    return found


def _figures(scope: Scope, snapshot_pks: Sequence[int]) -> dict[int, list[int]]:
    """Return the figures of some snapshots, by primary key."""
    if not snapshot_pks:
        return {}
    rows: Any = AccountSweep.objects.filter(snapshot__in=snapshot_pks, account__among=scope.among).order_by()
    states = (State.DONE, State.REFUSED, State.FAILED, State.SKIPPED, State.CANCELLED)
    counted = {f"{state}_parts": Count("pk", filter=Q(state=state)) for state in states}
    summed = {"all_gaps": Sum("gap_count"), "all_resources": Sum("resource_count"), "all_calls": Sum(Calls("calls"))}
    found = rows.values_list("snapshot_id").annotate(**counted, **summed)
    return {pk: figures for pk, *figures in found}


def parts(scope: Scope, snapshot: Snapshot) -> QuerySet[AccountSweep]:
    """Return a snapshot's accounts in scope, each with `call_count` and `took`."""
    plain: Any = query.account_sweeps(scope, snapshot)
    annotated: QuerySet[AccountSweep] = plain.annotate(
        call_count=Calls("calls"),
        took=models.ExpressionWrapper(F("ended_at") - F("started_at"), output_field=models.DurationField()),
        # What needs somebody comes first.
        is_failed=models.Case(
            models.When(state__in=FAILED_STATES, then=0),
            models.When(state__in=OPEN, then=1),
            models.When(state=State.DONE, then=2),
            default=3,
            output_field=models.SmallIntegerField(),
        ),
    )
    return annotated


@dataclass(frozen=True, slots=True)
class SweepStatus:
    """How far a sweep has come, or how it ended, over the accounts in scope."""

    snapshot: Snapshot
    counts: dict[str, int]
    calls: int
    retries: int
    throttles: int
    resources: int
    gaps: int
    kept: int
    """Accounts of which it kept the types that are read once a day."""
    kept_since: datetime | None
    """The oldest of the readings that it kept."""
    failed: Sequence[AccountSweep]
    partial: frozenset[int]
    """Primary keys of accounts that were read and of which something could not be seen."""
    now: datetime

    @property
    def total(self) -> int:
        """All accounts, those that are not swept included."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """Accounts that wait or are being swept."""
        return sum(self.counts.get(state, 0) for state in OPEN)

    @property
    def ended(self) -> int:
        """Accounts that need nothing more."""
        return self.total - self.open

    @property
    def share(self) -> float:
        """How many of the accounts that are asked have ended, 0 to 1."""
        return self.answered / self.asked if self.asked else 0.0

    @property
    def answered(self) -> int:
        """Accounts that were asked and need nothing more."""
        return self.ended - self.skipped

    @property
    def done(self) -> int:
        """Accounts that were read."""
        return self.counts.get(State.DONE, 0)

    @property
    def running(self) -> int:
        """Accounts being swept now."""
        return self.counts.get(State.RUNNING, 0)

    @property
    def queued(self) -> int:
        """Accounts that wait."""
        return self.counts.get(State.QUEUED, 0)

    @property
    def skipped(self) -> int:
        """Accounts that are not asked."""
        return self.counts.get(State.SKIPPED, 0)

    @property
    def cancelled(self) -> int:
        """Accounts that were not read since the sweep was cancelled."""
        return self.counts.get(State.CANCELLED, 0)

    @property
    def gapped(self) -> int:
        """How many accounts were read only in part."""
        return len(self.partial)

    @property
    def asked(self) -> int:
        """Accounts that are part of the sweep and not left out of it."""
        return self.total - self.skipped

    @property
    def elapsed(self) -> timedelta:
        """How long it took, or has taken so far."""
        return (self.snapshot.ended_at or self.now) - self.snapshot.started_at

    @property
    def calls_per_second(self) -> float:
        """Calls of the accounts that have ended, by the time since the start."""
        return self.calls / max(self.elapsed.total_seconds(), 1.0)


def sweep_status(scope: Scope, snapshot: Snapshot) -> SweepStatus:
    """Return how far a sweep has come."""
    mine = query.account_sweeps(scope, snapshot)
    ungrouped: Any = mine.order_by()
    counts = dict(ungrouped.values_list("state").annotate(n=Count("pk")))
    sums = mine.aggregate(
        calls=Sum(Calls("calls")),
        retries=Sum("retries"),
        throttles=Sum("throttles"),
        resources=Sum("resource_count"),
        gaps=Sum("gap_count"),
        kept=Count("full_read_at"),
        kept_since=Min("full_read_at"),
    )
    return SweepStatus(
        snapshot=snapshot,
        counts=counts,
        kept_since=sums.pop("kept_since"),
        **{name: value or 0 for name, value in sums.items()},
        failed=list(mine.filter(state__in=FAILED_STATES).order_by("account__name")),
        partial=_partial(scope, snapshot, mine),
        now=timezone.now(),
    )


def _partial(scope: Scope, snapshot: Snapshot, parts: QuerySet[AccountSweep]) -> frozenset[int]:
    """Return the accounts that a sweep read only in part.

    A listing or a field of them could not be seen.
    """
    blinding: Any = query.all_gaps(replace(scope, as_of=snapshot.as_of)).filter(blinds=True).select_related(None)
    done = parts.filter(state=State.DONE, gap_count__gt=0).select_related(None).order_by()
    return frozenset(
        done.filter(account_id__in=blinding.order_by().values("account_id")).values_list("account_id", flat=True)
    )


def busiest(scope: Scope, snapshot: Snapshot) -> list[tuple[str, int]]:
    """Return the operations that were called most in a sweep, with how often."""
    counted: dict[str, int] = {}
    for calls in query.account_sweeps(scope, snapshot).values_list("calls", flat=True):
        for operation, count in calls.items():
            counted[operation] = counted.get(operation, 0) + count
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:OPERATIONS]


@dataclass(frozen=True, slots=True)
class SweepCost:
    """What a sweep of the scope's accounts cost, and where it was slow."""

    services: Mapping[str, CallCosts]
    """By service, what was waited for longest first."""
    regions: Mapping[str, CallCosts]
    calls: int
    saved: int
    """Calls that answers for the whole Organization made needless."""
    by_account: float | None
    """Calls of the account in the middle."""
    by_region: float | None
    """Calls of the account and region in the middle."""

    @property
    def saved_share(self) -> float:
        """Share of all calls that need not be made, 0 to 1."""
        return self.saved / (self.calls + self.saved) if self.saved else 0.0

    @property
    def tables(self) -> list[tuple[str, list[CostLine], int]]:
        """What is slowest by service and by region.

        Heading, lines, and how many are left out.
        """
        return [_lines("Service", self.services), _lines("Region", self.regions)]


@dataclass(frozen=True, slots=True)
class CostLine:
    """One service or region, and its share of all waiting, 0 to 1."""

    name: str
    spent: CallCosts
    share: float


def _lines(heading: str, spent: Mapping[str, CallCosts]) -> tuple[str, list[CostLine], int]:
    waited = sum(one.seconds for one in spent.values()) or 1.0
    lines = [CostLine(name, one, one.seconds / waited) for name, one in list(spent.items())[:OPERATIONS]]
    return heading, lines, len(spent) - len(lines)


def expense(scope: Scope, snapshot: Snapshot) -> SweepCost:
    """Return what a sweep cost by service and region."""
    parts = list(query.account_sweeps(scope, snapshot).values_list("by_service", "by_region", "saved"))
    services, regions = costs.sum_costs(part[0] for part in parts), costs.sum_costs(part[1] for part in parts)
    by_account = [sum(spent[0] for spent in by_service.values()) for by_service, *_ in parts if by_service]
    by_region = [spent[0] for _, by_region, _ in parts for spent in by_region.values()]
    return SweepCost(
        services=services,
        regions=regions,
        calls=sum(by_account),
        saved=sum(part[2] for part in parts),
        by_account=median(by_account) if by_account else None,
        by_region=median(by_region) if by_region else None,
    )


def timings(scope: Scope, snapshot: Snapshot) -> QuerySet[AccountSweep]:
    """Return the accounts of a snapshot with what a picture over its time needs."""
    fields = (
        "state", "reason", "attempt", "gap_count", "started_at", "swept_at", "ended_at",
        "account__name", "account__account_id",
    )  # fmt: skip
    plain = AccountSweep.objects.filter(snapshot=snapshot, account__among=scope.among)
    return plain.select_related("account").only(*fields).order_by("started_at", "account__name")


@dataclass(frozen=True, slots=True)
class AccountFailure:
    """Accounts that could not be read for one reason."""

    state: str
    reason: str
    parts: Sequence[AccountSweep]

    @property
    def named(self) -> Sequence[AccountSweep]:
        """The first of them, by name."""
        return self.parts[:NAMED]

    @property
    def more(self) -> Sequence[AccountSweep]:
        """Those that are not among the first."""
        return self.parts[NAMED:]


def account_failures(parts: Sequence[AccountSweep]) -> list[AccountFailure]:
    """Group accounts that could not be read by reason, that of most accounts first."""
    found: dict[tuple[str, str], list[AccountSweep]] = {}
    for part in parts:
        found.setdefault((part.state, part.reason), []).append(part)
    rows = [AccountFailure(state, reason, each) for (state, reason), each in found.items()]
    return sorted(rows, key=lambda row: (-len(row.parts), row.state, row.reason))


def running(scope: Scope) -> Snapshot | None:
    """Return the sweep that runs, if one does."""
    return query.snapshots(scope).filter(state=Snapshot.State.RUNNING).first()


def previous(scope: Scope, snapshot: Snapshot) -> Snapshot | None:
    """Return the last complete sweep before this one."""
    before = query.snapshots(scope).filter(state=Snapshot.State.COMPLETE, as_of__lt=snapshot.as_of)
    return before.order_by("-as_of").first()


def unread_at_last_sweep(scope: Scope) -> tuple[Snapshot | None, list[AccountSweep]]:
    """Return the last complete sweep up to the scope's date, and its failed accounts.

    One whose role was refused has a gap, and is not among them.
    """
    complete = query.snapshots(scope).filter(state=Snapshot.State.COMPLETE, as_of__lte=scope.now)
    last = complete.order_by("-as_of").first()
    if last is None:
        return None, []
    failed = query.account_sweeps(scope, last).filter(state=State.FAILED).order_by("account__name")
    return last, list(failed)
