"""Counts what lies between two dates from columns. Knows no database.

A resource is compared at both ends: by what its steps in between add up to, and by whether it came or went.
Events of findings are counted as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture.history.journal.columns import Columns
from posture.history.journal.events import CAME
from posture.history.journal.events import CHANGED as STAYED

RESOURCE_KINDS = ("added", "removed", "changed", "sight", "same", "passing")
ADDED, REMOVED, CHANGED, SIGHT, SAME, PASSING = range(len(RESOURCE_KINDS))
FINDING_KINDS = ("opened", "reopened", "resolved")
WIDEST = 50_000_000
"""Numbers between the first and the last resource up to which each is given a place of its own."""

Places = NDArray[np.int64]


class Totals:
    """Counts of events by account, by name and kind, added up piece by piece."""

    def __init__(self, account_pks: Sequence[int], kinds: Sequence[str]) -> None:
        self.kinds = kinds
        self.places = {pk: place for place, pk in enumerate(account_pks)}
        self.names: dict[str, int] = {}
        self._by_account = np.zeros(len(self.places) * len(kinds), np.int64)
        self._by_name = np.zeros(0, np.int64)

    def accounts(self, events: Columns) -> Places:
        """Return the place of each of the columns' accounts, -1 for those that are not counted."""
        return np.array([self.places.get(pk, -1) for pk in events.accounts.tolist()], np.int64)

    def codes(self, events: Columns) -> Places:
        """Return a number for each of the columns' names."""
        return np.array([self.names.setdefault(name, len(self.names)) for name in events.names], np.int64)

    def add(self, account: Places, name: Places, kind: NDArray[Any]) -> None:
        """Count some: each with the place of its account, the number of its name, and its kind."""
        width = len(self.kinds)
        self._by_account += np.bincount(account * width + kind, minlength=len(self._by_account))
        named = np.bincount(name * width + kind, minlength=len(self.names) * width)
        named[: len(self._by_name)] += self._by_name
        self._by_name = named

    def by_account(self) -> dict[int, dict[str, int]]:
        """Return the counts of each account by kind, what there is none of left out."""
        return self._told(self._by_account, self.places)

    def by_name(self) -> dict[str, dict[str, int]]:
        """Return the counts of each name by kind, what there is none of left out."""
        return self._told(self._by_name, self.names)

    def _told(self, counted: NDArray[np.int64], places: Mapping[Any, int]) -> dict[Any, dict[str, int]]:
        rows = counted.reshape(-1, len(self.kinds)).tolist()
        found = {
            key: {kind: number for kind, number in zip(self.kinds, rows[place], strict=True) if number}
            for key, place in places.items()
            if place < len(rows)
        }
        return {key: counts for key, counts in found.items() if counts}


def add_findings(totals: Totals, months: Sequence[Columns], since: datetime, until: datetime) -> None:
    """Count the events of findings after `since` and up to `until`."""
    for events in months:
        rows = _inside(totals, events, since, until)
        name = totals.codes(events)[events.name[rows]]
        totals.add(totals.accounts(events)[events.account[rows]], name, events.values("kind")[rows])


def add_resources(totals: Totals, months: Sequence[Columns], since: datetime, until: datetime) -> None:
    """Count how resources differ between `since` and `until`; a resource's events lie in these columns in order."""
    parts = [(events, _inside(totals, events, since, until)) for events in months if len(events)]
    resource = _column("resource", parts)
    if not len(resource):
        return
    slot = _slots(resource)
    size = int(slot.max()) + 1
    # A resource's account and type are the same in each of its events.
    accounts, names = [totals.accounts(events) for events, _ in parts], [totals.codes(events) for events, _ in parts]
    width = len(totals.names)
    owners = [
        (mine * width).astype(np.int32)[events.account[rows]] + codes.astype(np.int32)[events.name[rows]]
        for (events, rows), mine, codes in zip(parts, accounts, names, strict=True)
    ]
    owner = np.full(size, -1, np.int32)
    np.maximum.at(owner, slot, np.concatenate(owners))
    there = np.flatnonzero(owner >= 0)
    account, name = np.divmod(owner[there].astype(np.int64), width)
    step = _sums(slot, _column("step", parts), size)
    known = step
    if any("known_step" in events.more for events, _ in parts):
        known = _sums(slot, _column("known_step", parts), size)
    kind = np.full(size, CHANGED, np.uint8)
    kind[known == 0] = SIGHT
    kind[step == 0] = SAME
    _come_and_gone(kind, slot, _column("kind", parts))
    totals.add(account, name, kind[there])


def _inside(totals: Totals, events: Columns, since: datetime, until: datetime) -> Any:
    """Return where the events lie that are meant: a slice where all of these times are, so that nothing is copied."""
    rows, mine = events.between(since, until), totals.accounts(events) >= 0
    if mine.all():
        return rows
    return rows.start + np.flatnonzero(mine[events.account[rows]])


def _column(name: str, parts: Sequence[tuple[Columns, Any]]) -> NDArray[Any]:
    return np.concatenate([events.values(name)[rows] for events, rows in parts] or [np.zeros(0, np.int64)])


def _slots(resource: NDArray[Any]) -> NDArray[np.intp]:
    """Return for each resource a place of its own."""
    lowest = resource.min()
    if int(resource.max()) - int(lowest) > WIDEST:
        _, slots = np.unique(resource, return_inverse=True)
    else:
        slots = resource - lowest
    placed: NDArray[np.intp] = slots.astype(np.intp)
    return placed


def _sums(slot: NDArray[np.intp], steps: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    sums = np.zeros(size, np.uint64)
    np.add.at(sums, slot, steps)
    return sums


def _come_and_gone(kind: NDArray[np.uint8], slot: NDArray[np.intp], moves: NDArray[np.uint8]) -> None:
    """Correct the kinds of resources that were not there all the time, by the first and the last time they moved."""
    place = np.flatnonzero(moves != STAYED).astype(np.int32)
    mine = slot[place]
    first, last = np.full(len(kind), len(slot), np.int32), np.full(len(kind), -1, np.int32)
    np.minimum.at(first, mine, place)
    np.maximum.at(last, mine, place)
    there = np.flatnonzero(last >= 0)
    come, gone = moves[first[there]] == CAME, moves[last[there]] != CAME
    kind[there[come]] = ADDED
    kind[there[gone]] = REMOVED
    kind[there[come & gone]] = PASSING
