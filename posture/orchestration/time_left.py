"""How much longer a sweep will take.

The earlier timings of the accounts that are left, laid on the lanes at work.

A range, never a single figure; and nothing at all where there is nothing to go by.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from django.conf import settings
from django.db.models import QuerySet

from posture.history.models import AccountSweep, Snapshot
from posture.web.templatetags.words import plural

State = AccountSweep.State

EARLIER_SWEEPS = 3
"""Complete sweeps that are gone by."""
PACE_ACCOUNTS_MIN = 4
"""Accounts that must have ended before this sweep's own pace says something."""
SLACK = 0.25
"""How far a range reaches to both sides where a single earlier timing is all there is."""
OVERDUE = 0.15
"""Of an account that has taken longer than it should have, so much of its usual time is taken to be left."""


UNITS = (("day", 86_400, 172_800), ("hour", 3_600, 7_200), ("minute", 60, 60))
"""Units of time, their seconds, and from how many seconds on they are used."""


@dataclass(frozen=True, slots=True)
class RemainingAccount:
    """An account that is still to end.

    Its usual seconds, least and most, and how long it has been swept.
    """

    least: float
    most: float
    spent: float | None = None
    """None where it waits."""


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """The time that a sweep still takes, or why it is unknown."""

    basis: str
    low: timedelta | None = None
    high: timedelta | None = None

    @property
    def words(self) -> str:
        """The range, as 3 to 5 minutes; empty where it is unknown."""
        return "" if self.low is None or self.high is None else format_range(self.low, self.high)


def format_range(low: timedelta, high: timedelta) -> str:
    """Word a range of time, each end in the unit that suits it.

    The range is rounded to the outside.
    """
    last, unit = _in_units(high, math.ceil)
    first, small = _in_units(low, math.floor)
    if not unit:
        return "under a minute"
    if not small or (first, small) == (last, unit):
        return f"up to {plural(last, unit)}"
    return f"{first:,} to {plural(last, unit)}" if small == unit else f"{plural(first, small)} to {plural(last, unit)}"


def _in_units(length: timedelta, rounded: Callable[[float], int]) -> tuple[int, str]:
    seconds = length.total_seconds()
    found = next(((unit, size) for unit, size, least in UNITS if seconds >= least), None)
    return (rounded(seconds / found[1]), found[0]) if found else (0, "")


def time_left(snapshot: Snapshot, now: datetime, workers: int | None) -> TimeLeft:
    """Return how much longer a running sweep will take, over all of its accounts.

    `workers` are those alive.
    """
    parts = AccountSweep.objects.filter(snapshot=snapshot)
    left = list(parts.filter(state__in=[State.QUEUED, State.RUNNING]).values_list("account_id", "state", "started_at"))
    done = _timings(parts.filter(state=State.DONE))
    earlier = _earlier(snapshot)
    running = sum(1 for _, state, _ in left if state == State.RUNNING)
    lanes = max(running, min(len(left), (workers or 0) * settings.SWEEP_ACCOUNTS))
    if not lanes:
        return TimeLeft("no worker is at work on it")
    pace = _pace(done, earlier)
    guess = [one for known in earlier.values() for one in known] or [one for (one,) in done.values()]
    if not earlier and len(done) < PACE_ACCOUNTS_MIN:
        return TimeLeft("no earlier sweep to go by yet")
    todo = [_part(earlier.get(account, ()), median(guess), pace, _spent(started, now)) for account, _, started in left]
    return TimeLeft(
        _basis(
            len(left),
            sum(1 for account, *_ in left if account in earlier),
            lanes,
            has_pace=len(done) >= PACE_ACCOUNTS_MIN,
        ),
        timedelta(seconds=span([(one.least, one.spent) for one in todo], lanes)),
        timedelta(seconds=span([(one.most, one.spent) for one in todo], lanes)),
    )


def _spent(started: datetime | None, now: datetime) -> float | None:
    return None if started is None else (now - started).total_seconds()


def _timings(parts: QuerySet[AccountSweep]) -> dict[int, list[float]]:
    """Return how long accounts took, in seconds, by account."""
    found: dict[int, list[float]] = {}
    rows = parts.filter(started_at__isnull=False, ended_at__isnull=False)
    for account, started, ended in rows.values_list("account_id", "started_at", "ended_at"):
        if started and ended:
            found.setdefault(account, []).append((ended - started).total_seconds())
    return found


def _earlier(snapshot: Snapshot) -> dict[int, list[float]]:
    complete = Snapshot.objects.filter(organization=snapshot.organization_id, state=Snapshot.State.COMPLETE)
    before = list(complete.exclude(pk=snapshot.pk).order_by("-as_of").values_list("pk", flat=True)[:EARLIER_SWEEPS])
    return _timings(AccountSweep.objects.filter(snapshot__in=before, state=State.DONE))


def _pace(done: Mapping[int, Sequence[float]], earlier: Mapping[int, Sequence[float]]) -> tuple[float, float] | None:
    """Return how this sweep's accounts compare with themselves before.

    The middle half of them, as factors.
    """
    ratios = [
        took / median(earlier[account])
        for account, (took, *_) in done.items()
        if account in earlier and median(earlier[account]) > 0
    ]
    if len(ratios) < PACE_ACCOUNTS_MIN:
        return None
    first, _, third = quantiles(ratios, n=4)
    return first, third


def _part(
    known: Sequence[float], guess: float, pace: tuple[float, float] | None, spent: float | None
) -> RemainingAccount:
    usual = known or [guess]
    if pace is not None:
        return RemainingAccount(median(usual) * pace[0], median(usual) * pace[1], spent)
    if len(usual) == 1:
        return RemainingAccount(usual[0] * (1 - SLACK), usual[0] * (1 + SLACK), spent)
    return RemainingAccount(min(usual), max(usual), spent)


def span(todo: Iterable[tuple[float, float | None]], lanes: int) -> float:
    """Return the seconds that the slots need for the rest, longest accounts first.

    `todo` holds the seconds that each account takes, and those that it has taken; None where it waits.
    """
    waiting = []
    free = []
    for seconds, spent in todo:
        if spent is None:
            waiting.append(seconds)
        else:
            free.append(max(seconds - spent, OVERDUE * seconds))
    free += [0.0] * (lanes - len(free))
    heapq.heapify(free)
    for seconds in sorted(waiting, reverse=True):
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


def _basis(left: int, timed: int, lanes: int, *, has_pace: bool) -> str:
    pace = ", at this sweep's own pace" if has_pace else ""
    at_a_time = f"{lanes} at a time"
    if not timed:
        return f"by what this sweep's own accounts took, {at_a_time}"
    new = f", {left - timed} of them new" if timed < left else ""
    accounts = f"{left} account{'' if left == 1 else 's'}"
    return f"by earlier timings of {accounts} left{new}, {at_a_time}{pace}"
