"""Counts the changes between two dates from columns. Knows no database.

A resource is compared at both ends: by what its steps in between add up to, and by whether it came or went.
Events of findings are counted as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture.history.columnar.event_columns import EventColumns, from_micros
from posture.history.columnar.event_reader import CAME, MENDING, NOT_DONE, REASONS, RESOLVED, SEPARATOR, WENT
from posture.history.columnar.event_reader import CHANGED as STAYED
from posture.history.tuning import tuning

RESOURCE_KINDS = ("added", "removed", "changed", "sight", "same", "passing")
ADDED, REMOVED, CHANGED, VISIBILITY, SAME, PASSING = range(len(RESOURCE_KINDS))
FINDING_KINDS = ("opened", "reopened", "resolved")

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """The number of finding events by account, by name and by kind."""

    accounts: NDArray[np.int64]
    names: tuple[str, ...]
    packed: bytes

    @property
    def by_account(self) -> NDArray[np.int32]:
        """A row for each account, a column for each kind."""
        return self._table[: len(self.accounts)]

    @property
    def by_name(self) -> NDArray[np.int32]:
        """A row for each name, a column for each kind."""
        return self._table[len(self.accounts) :]

    @property
    def _table(self) -> NDArray[np.int32]:
        return np.frombuffer(self.packed, "<i4").reshape(-1, len(FINDING_KINDS))


def sum_events(events: EventColumns) -> bytes:
    """Return the counts of events of findings as `Summed` holds them."""
    kind, width = events.values("kind"), len(FINDING_KINDS)
    counted = [
        np.bincount(places.astype(np.int64) * width + kind, minlength=number * width)
        for places, number in ((events.account, len(events.accounts)), (events.name, len(events.names)))
    ]
    return np.concatenate(counted).astype("<i4").tobytes()


@dataclass(frozen=True, slots=True)
class ChangeRows:
    """Changes of one kind: each one's name position, account and instant.

    Instants are in microseconds.

    Of resources their numbers as well; those of findings are not known.
    """

    names: tuple[str, ...]
    name: NDArray[Any]
    account: Places
    at: Places
    number: Places | None = None

    def __len__(self) -> int:
        return len(self.at)

    def select(self, which: NDArray[np.bool_]) -> ChangeRows:
        """Return some of them."""
        number = None if self.number is None else self.number[which]
        return ChangeRows(self.names, self.name[which], self.account[which], self.at[which], number)

    def by_account(self) -> dict[int, int]:
        """Return how many there are of each account."""
        return _numbers(*np.unique(self.account, return_counts=True))

    def by_part(self, place: int) -> dict[str, int]:
        """Return how many there are by the part at a position of their names."""
        found = Counter[str]()
        for name, number in zip(self.names, np.bincount(self.name, minlength=len(self.names)).tolist(), strict=True):
            found[name.split(SEPARATOR)[place]] += number
        return {part: number for part, number in found.items() if number}

    def having(self, place: int, parts: AbstractSet[str]) -> NDArray[np.bool_]:
        """Return a mask of those with one of some parts at a position of their names."""
        known = np.array([name.split(SEPARATOR)[place] in parts for name in self.names], np.bool_)
        found: NDArray[np.bool_] = known[self.name]
        return found

    def of_accounts(self, account_pks: Iterable[int]) -> NDArray[np.bool_]:
        """Return for each whether it is of one of the accounts."""
        return np.isin(self.account, np.fromiter(account_pks, np.int64))

    def by_instant(self) -> list[tuple[datetime, int]]:
        """Return how many there are at each instant, the last first."""
        instants, numbers = np.unique(self.at, return_counts=True)
        return [(from_micros(at), number) for at, number in _numbers(instants[::-1], numbers[::-1]).items()]


NO_CHANGES = ChangeRows((), np.zeros(0, np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))


class EventTotals:
    """Counts of events by account, by name and kind, added up piece by piece."""

    def __init__(self, account_pks: Sequence[int], kinds: Sequence[str]) -> None:
        self.kinds = kinds
        self.places = {pk: place for place, pk in enumerate(account_pks)}
        self.names: dict[str, int] = {}
        self._by_account = np.zeros(len(self.places) * len(kinds), np.int64)
        self._by_name = np.zeros(0, np.int64)

    def accounts(self, events: EventColumns | MonthTotals) -> Places:
        """Return the position of each of the columns' accounts, -1 where not counted."""
        return np.array([self.places.get(pk, -1) for pk in events.accounts.tolist()], np.int64)

    def codes(self, events: EventColumns | MonthTotals) -> Places:
        """Return a number for each of the columns' names."""
        return np.array([self.names.setdefault(name, len(self.names)) for name in events.names], np.int64)

    def add(self, account: NDArray[Any], name: NDArray[Any], kind: NDArray[Any]) -> None:
        """Count events, each given by account position, name number and kind."""
        width = len(self.kinds)
        self._by_account += np.bincount(account * width + kind, minlength=len(self._by_account))
        self._add_named(np.bincount(name * width + kind, minlength=len(self.names) * width))

    def add_counted(self, accounts: Places, names: Sequence[str], counted: NDArray[np.int64]) -> None:
        """Add counts that exist already: by account, then name, then kind.

        Names that are not counted are zero.
        """
        places = np.array([self.places.get(pk, -1) for pk in accounts.tolist()], np.int64)
        mine, codes = places >= 0, [self.names.setdefault(name, len(self.names)) for name in names]
        self._by_account.reshape(-1, len(self.kinds))[places[mine]] += counted[mine].sum(axis=1)
        named = np.zeros((len(self.names), len(self.kinds)), np.int64)
        named[codes] = counted.sum(axis=0)
        self._add_named(named.reshape(-1))

    def add_summed(self, month: MonthTotals) -> None:
        """Count what was counted before; each of its accounts is counted."""
        by_account = self._by_account.reshape(-1, len(self.kinds))
        by_account[self.accounts(month)] += month.by_account
        codes = self.codes(month)
        named = np.zeros((len(self.names), len(self.kinds)), np.int64)
        named[codes] = month.by_name
        self._add_named(named.reshape(-1))

    def _add_named(self, named: NDArray[np.int64]) -> None:
        named[: len(self._by_name)] += self._by_name
        self._by_name = named

    def by_account(self) -> dict[int, dict[str, int]]:
        """Return the counts of each account by kind, what there is none of left out."""
        return self._by_key(self._by_account, self.places)

    def by_name(self) -> dict[str, dict[str, int]]:
        """Return the counts of each name by kind, what there is none of left out."""
        return self._by_key(self._by_name, self.names)

    def _by_key(self, counted: NDArray[np.int64], places: Mapping[Any, int]) -> dict[Any, dict[str, int]]:
        rows = counted.reshape(-1, len(self.kinds)).tolist()
        found = {
            key: {kind: number for kind, number in zip(self.kinds, rows[place], strict=True) if number}
            for key, place in places.items()
            if place < len(rows)
        }
        return {key: counts for key, counts in found.items() if counts}


def add_finding_events(
    totals: EventTotals,
    months: Sequence[EventColumns],
    since: datetime,
    until: datetime,
    summed: Iterable[MonthTotals] = (),
) -> None:
    """Count finding events after `since` and up to `until`, and add `summed`."""
    for month in summed:
        totals.add_summed(month)
    for events in months:
        rows = _select_inside(totals, events, since, until)
        name = totals.codes(events)[events.name[rows]]
        totals.add(totals.accounts(events)[events.account[rows]], name, events.values("kind")[rows])


def count_actions(
    months: Sequence[EventColumns], account_pks: AbstractSet[int], since: datetime, until: datetime
) -> dict[tuple[str, int, bool], tuple[int, int]]:
    """Count fixes and breaks in a period, by check, severity and whether fixed.

    The period is after `since` and up to `until`. Values are the number of findings and of accounts; an account's
    events must all be among these.
    """
    names: dict[tuple[str, int], int] = {}
    accounts: dict[int, int] = {}
    slots = []
    for events in months:
        rows = events.between(since, until)
        is_end, reason = events.values("kind")[rows] == RESOLVED, events.values("reason")[rows]
        mine = np.where(is_end, _MENDING[reason], _DOING[reason])
        if not events.accounts_among(account_pks):
            mine &= events.of_accounts(account_pks)[rows]
        parted = (name.split(SEPARATOR) for name in events.names)
        code = np.array([names.setdefault((one, int(rated)), len(names)) for one, rated, *_ in parted], np.int64)
        place = np.array([accounts.setdefault(pk, len(accounts)) for pk in events.accounts.tolist()], np.int64)
        slots.append((code[events.name[rows][mine]] * 2 + is_end[mine], place[events.account[rows][mine]]))
    counted, met = np.zeros(len(names) * 2, np.int64), np.zeros((len(names) * 2, len(accounts)), np.bool_)
    for slot, account in slots:
        counted += np.bincount(slot, minlength=len(counted))
        met[slot, account] = True
    number, where = counted.tolist(), met.sum(axis=1).tolist()
    return {
        (*name, bool(side)): (number[place * 2 + side], where[place * 2 + side])
        for name, place in names.items()
        for side in (0, 1)
        if number[place * 2 + side]
    }


def add_resource_events(totals: EventTotals, months: Sequence[EventColumns], since: datetime, until: datetime) -> None:
    """Count how resources differ between `since` and `until`.

    A resource's events are in these columns in the order of time.
    """
    parts = [(events, _select_inside(totals, events, since, until)) for events in months if len(events)]
    slots, kind = _classify_resources(parts)
    if len(kind):
        _add_by_slot(totals, parts, slots, kind)


def select_resources(
    kind: str, months: Sequence[EventColumns], account_pks: Sequence[int], since: datetime, until: datetime
) -> ChangeRows:
    """Return the resources that differ in one way between `since` and `until`.

    The instant of one is that of the version at the end, or for those that were removed the end of the version at the
    start.
    """
    meant = EventTotals(account_pks, RESOURCE_KINDS)
    parts = [(events, _select_inside(meant, events, since, until)) for events in months if len(events)]
    slots, kinds = _classify_resources(parts)
    ends = np.cumsum([0, *(len(slot) for slot in slots)])
    event = np.full(len(kinds), -1, np.int64)
    way = -1 if kind == "removed" else 1  # of several writes to one place NumPy keeps the last
    for slot, end in [*zip(slots, ends[1:], strict=True)][::way]:
        event[slot[::way]] = np.arange(end - len(slot), end)[::way]
    event = np.sort(event[(kinds == RESOURCE_KINDS.index(kind)) & (event >= 0)])
    found = []
    for (events, rows), begin, end in zip(parts, ends, ends[1:], strict=False):
        first, last = np.searchsorted(event, [begin, end])
        mine = (np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows)[event[first:last] - begin]
        number = events.values("resource")[mine].astype(np.int64)
        at = np.repeat(events.instants, events.counts)[mine]
        found.append(ChangeRows(events.names, events.name[mine], events.accounts[events.account[mine]], at, number))
    return join_change_rows(found)


def select_findings(
    kind: str, months: Sequence[EventColumns], account_pks: Sequence[int], since: datetime, until: datetime
) -> ChangeRows:
    """Return the finding events of one kind after `since` and up to `until`.

    Each name is followed by its reason.
    """
    meant, found = EventTotals(account_pks, FINDING_KINDS), []
    for events in months:
        rows = _select_inside(meant, events, since, until)
        mine = events.values("kind")[rows] == FINDING_KINDS.index(kind)
        account, at = events.accounts[events.account[rows][mine]], events.instants[events.at()[rows][mine]]
        names, name = _with_reasons(events.names, events.name[rows][mine], events.values("reason")[rows][mine])
        found.append(ChangeRows(names, name, account, at))
    return join_change_rows(found)


_MENDING = np.array([reason == MENDING for reason in REASONS], np.bool_)
_DOING = np.array([reason not in NOT_DONE for reason in REASONS], np.bool_)


def _with_reasons(
    names: Sequence[str], name: NDArray[Any], reason: NDArray[Any]
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the pairs of name and reason in order, and each event's position in them."""
    code = name.astype(np.intp) * len(REASONS) + reason
    used = np.flatnonzero(np.bincount(code, minlength=len(names) * len(REASONS))).tolist()
    both = {SEPARATOR.join((names[one // len(REASONS)], REASONS[one % len(REASONS)])): one for one in used}
    ordered = sorted(both)
    places = np.zeros(len(names) * len(REASONS), np.intp)
    places[[both[one] for one in ordered]] = np.arange(len(ordered))
    return tuple(ordered), places[code]


def join_change_rows(parts: Sequence[ChangeRows]) -> ChangeRows:
    """Join the rows of some parts, which have numbers either all or none.

    A part without rows decides nothing: `NO_CHANGES` has numbers, and rows of findings have none.
    """
    parts = [part for part in parts if len(part)]
    if not parts:
        return NO_CHANGES
    names = tuple(sorted({name for part in parts for name in part.names}))
    numbers = [part.number for part in parts if part.number is not None]
    return ChangeRows(
        names,
        np.concatenate([_translate(names, part.names, part.name) for part in parts]),
        np.concatenate([part.account for part in parts]),
        np.concatenate([part.at for part in parts]),
        np.concatenate(numbers) if numbers else None,
    )


def _classify_resources(parts: Sequence[tuple[EventColumns, Any]]) -> tuple[list[NDArray[np.intp]], NDArray[np.uint8]]:
    """Return each event's resource position, and how each resource differs."""
    slots, size = assign_slots([events.values("resource")[rows] for events, rows in parts])
    kind = np.full(size, CHANGED, np.uint8)
    if not size:
        return slots, kind
    steps = [events.values("step")[rows] for events, rows in parts]
    step = known = _sums(slots, steps, size)
    if any("known_step" in events.more for events, _ in parts):
        known = _sums(slots, [events.values("known_step")[rows] for events, rows in parts], size)
    same = known == 0
    kind[same] = VISIBILITY
    # What cannot be read at either end has changed all the same, if it was seen otherwise in between.
    kind[same if step is known else same & (step == 0)] = SAME
    _correct_come_and_gone(kind, slots, [events.values("kind")[rows] for events, rows in parts])
    return slots, kind


def _add_by_slot(
    totals: EventTotals,
    parts: Sequence[tuple[EventColumns, Any]],
    slots: Sequence[NDArray[np.intp]],
    kind: NDArray[np.uint8],
) -> None:
    """Count resources by kind of change.

    A resource's account and type are the same in each of its events.
    """
    accounts = np.unique(np.concatenate([events.accounts for events, _ in parts]))
    names = tuple(sorted({name for events, _ in parts for name in events.names}))
    size, kinds = len(accounts) * len(names) + 1, len(totals.kinds)
    # Account and type as one number from zero: to write all over is slow, and so it is done once, in few bytes.
    code_of = np.zeros(len(kind), np.min_scalar_type(size))
    for slot, (events, rows) in zip(slots, parts, strict=True):
        code = _translate(accounts, events.accounts, events.account[rows]).astype(code_of.dtype)
        code *= code.dtype.type(len(names))
        code += _translate(names, events.names, events.name[rows]).astype(code.dtype)
        code_of[slot] = code + code.dtype.type(1)
    counted = np.bincount(code_of.astype(np.intp) * kinds + kind, minlength=size * kinds)[kinds:]
    totals.add_counted(accounts, names, counted.reshape(len(accounts), len(names), kinds))


def _translate(known: Sequence[Any] | Places, mine: Sequence[Any] | Places, places: NDArray[Any]) -> NDArray[Any]:
    """Translate positions in `mine` to positions in `known`, which contains it.

    Both are in order.
    """
    if len(mine) == len(known):
        return places
    where = {one: place for place, one in enumerate(known)}
    moved: NDArray[Any] = np.array([where[one] for one in mine], np.int64)[places]
    return moved


def _select_inside(totals: EventTotals, events: EventColumns, since: datetime, until: datetime) -> Any:
    """Return the events to count: a slice where all instants are, to copy nothing.

    Otherwise a mask.
    """
    rows, mine = events.between(since, until), totals.accounts(events) >= 0
    if mine.all():
        return rows
    return rows.start + np.flatnonzero(mine[events.account[rows]])


def _numbers(keys: NDArray[Any], numbers: NDArray[np.intp]) -> dict[int, int]:
    return dict(zip(keys.tolist(), numbers.tolist(), strict=True))


def assign_slots(resources: Sequence[NDArray[Any]]) -> tuple[list[NDArray[np.intp]], int]:
    """Return for each resource a place of its own, and how many places there are."""
    some = [each for each in resources if len(each)]
    if not some:
        return [np.zeros(0, np.intp) for _ in resources], 0
    lowest, highest = min(int(each.min()) for each in some), max(int(each.max()) for each in some)
    if highest - lowest <= tuning.dense_resource_keys_max:
        return [np.subtract(each, lowest, dtype=np.intp, casting="unsafe") for each in resources], highest - lowest + 1
    known, places = np.unique(np.concatenate(resources), return_inverse=True)
    return np.split(places, np.cumsum([len(each) for each in resources])[:-1]), len(known)


def _sums(slots: Sequence[NDArray[np.intp]], steps: Sequence[NDArray[np.uint64]], size: int) -> NDArray[np.uint64]:
    sums = np.zeros(size, np.uint64)
    for slot, step in zip(slots, steps, strict=True):
        np.add.at(sums, slot, step)
    return sums


def _correct_come_and_gone(
    kind: NDArray[np.uint8], slots: Sequence[NDArray[np.intp]], moves: Sequence[NDArray[np.uint8]]
) -> None:
    """Correct the kinds of resources that came or went, by their first and last event."""
    first, last = (np.full(len(kind), STAYED, np.uint8) for _ in range(2))
    for slot, move in zip(slots, moves, strict=True):
        # Of several writes to one place NumPy keeps the last.
        place = np.flatnonzero(move != STAYED)
        mine, moved = slot[place], move[place]
        fresh = np.flatnonzero(first[mine] == STAYED)[::-1]
        first[mine[fresh]] = moved[fresh]
        last[mine] = moved
    come, gone = first == CAME, last == WENT
    kind[come] = ADDED
    kind[gone] = REMOVED
    kind[come & gone] = PASSING
