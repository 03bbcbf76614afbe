"""Bring the simulated AWS from one week of the story to the next.

Makes what is declared, in the order it needs.

Every step may be repeated: what exists is left alone, a week that was applied is not applied again.
"""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from devtools.simulator import kinds
from devtools.simulator.builder import Builder
from devtools.simulator.corroborating_findings import publish_findings
from devtools.simulator.declared import Declared, Name, Plan, WrongDataError
from devtools.simulator.simulator import Control

SEEDING_THREADS = 3
CREATED_BEFORE_STORY = dt.timedelta(days=200)
"""How long before the story begins the resources of its first week were created."""

PHASES = ((0, 10, False), (10, 20, True), (20, 90, True), (90, 100, False))
"""Orders from and below, and whether accounts may go side by side; what one phase makes, the next may need."""


class StoryError(Exception):
    """The simulator holds another story than this one."""


def applied_until(control: Control, declared: Declared) -> int:
    """Return the last week that was applied, -1 for none.

    Refuse a simulator that holds other data.
    """
    story = control.health()["story"]
    if story and story.get("digest") != declared.digest:
        raise StoryError("The simulator's state was made from other data files: reset it, then start again.")
    return int(story.get("week", -1))


def apply_until(control: Control, declared: Declared, until: int, now: dt.datetime) -> list[int]:
    """Apply the weeks up to `until` that were not applied yet; return them.

    The first call fixes what `now` is.

    A week that was left half applied cannot be resumed: everything is applied again, with the same ids.
    """
    if control.health()["story"].get("applying") is not None:
        control.ask("POST", "reset")
    applied = applied_until(control, declared)
    if applied < 0:
        control.ask("POST", "story", digest=declared.digest, now=now.isoformat())
    weeks = list(range(applied + 1, until + 1))
    for week in weeks:
        apply_week(control, declared, week)
    return weeks


def end_of_story(control: Control) -> dt.datetime:
    """Return the moment that the last week is applied at."""
    return dt.datetime.fromisoformat(control.health()["story"]["now"])


def apply_week(control: Control, declared: Declared, week: int) -> None:
    """Apply one week's changes; the week before must have been applied."""
    kinds.load()
    control.ask("POST", "story", applying=week)
    end = end_of_story(control)
    builder = Builder(control, declared, declared.date_of(week, end), declared.date_of(0, end))
    created_at = (builder.start - CREATED_BEFORE_STORY if week == 0 else builder.date).isoformat()
    _apply_difference(builder, declared.plan(week - 1), declared.plan(week), created_at)
    control.clock(None if week == declared.last_week else builder.date.isoformat())
    control.ask("POST", "story", week=week, title=declared.week(week).title, applying=None)


def hours_passed(control: Control) -> int:
    """Return how many hours were applied after the story."""
    return int(control.health()["story"].get("hour", 0))


def apply_hour(control: Control, declared: Declared, hour: int, now: dt.datetime) -> None:
    """Apply the changes of an hour after the story.

    The hour before must have been applied.
    """
    kinds.load()
    builder = Builder(control, declared, now, declared.date_of(0, end_of_story(control)))
    _apply_difference(builder, declared.plan_of_hour(hour - 1), declared.plan_of_hour(hour), now.isoformat())
    control.clock(None)
    control.ask("POST", "story", hour=hour)


def _apply_difference(builder: Builder, before: Plan, after: Plan, created_at: str) -> None:
    """Make the difference of two plans; what is made is dated `created_at`."""
    control = builder.control
    control.clock(created_at)
    gone = sorted((n for n in before if n not in after), key=_order, reverse=True)
    for name in gone:
        with builder.at(name.account):
            kinds.removals[name.kind](builder, name, before[name])
    changed = sorted((n for n in after if after[n] != before.get(n)), key=_order)
    for low, high, parallel in PHASES:
        here = [n for n in changed if low <= kinds.kinds[n.kind].order < high]
        # Accounts are opened on dates of their own.
        control.clock(created_at)
        _make_all(builder, here, before, after, parallel=parallel)
    publish_findings(builder, after, {n.account for n in [*changed, *gone]})
    builder.flush()


def _order(name: Name) -> int:
    """Return a thing's place; things of one kind keep the order of the data files."""
    try:
        return kinds.kinds[name.kind].order
    except KeyError:
        raise WrongDataError(
            f"{name} is of a kind that nobody can make; known are {', '.join(sorted(kinds.kinds))}."
        ) from None


def _make_all(builder: Builder, names: list[Name], before: Plan, after: Plan, *, parallel: bool) -> None:
    def make(some: list[Name]) -> None:
        for name in some:
            with builder.at(name.account):
                kinds.kinds[name.kind].make(builder, name, after[name], before.get(name, {}))

    if not parallel:
        make(names)
        return
    by_account = sorted(names, key=lambda n: (n.account, _order(n)))
    groups = [list(group) for _, group in groupby(by_account, key=lambda n: n.account)]
    with ThreadPoolExecutor(SEEDING_THREADS) as pool:
        list(pool.map(make, groups))
