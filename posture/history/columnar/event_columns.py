"""Events as columns of numbers: millions are counted in tens of milliseconds.

Knows no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Places = NDArray[Any]
"""Places in a list, in as few bytes as hold the last one."""
Chosen = NDArray[np.bool_]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ALIKE = {"known_step": "step"}
"""Columns that are left out where they hold the same as another."""


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events in the order of time: account, name, and further numbers by name.

    `instants` are microseconds since 1970, each with how many events there are then; `account` and `name` are the
    places of each event's account and name among those there are.
    """

    instants: Numbers
    counts: Numbers
    accounts: Numbers
    names: tuple[str, ...]
    account: Places
    name: Places
    more: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.account)

    def at(self) -> Numbers:
        """Return the place of each event's instant."""
        return np.repeat(np.arange(len(self.instants)), self.counts)

    def between(self, since: datetime, until: datetime) -> slice:
        """Return the slice of the events after `since` and up to `until`."""
        first, last = np.searchsorted(self.instants, [to_micros(since), to_micros(until)], "right")
        return slice(int(self.counts[:first].sum()), int(self.counts[:last].sum()))

    def values(self, name: str) -> NDArray[Any]:
        """Return a further column."""
        return self.more[name] if name in self.more else self.more[ALIKE[name]]

    def select(self, rows: Chosen) -> EventColumns:
        """Return some of the events."""
        at, instants = _used(self.at()[rows])
        account, accounts = _used(self.account[rows])
        name, names = _used(self.name[rows])
        return EventColumns(
            self.instants[instants],
            np.bincount(at, minlength=len(instants)),
            self.accounts[accounts],
            tuple(self.names[place] for place in names),
            account,
            name,
            {key: values[rows] for key, values in self.more.items()},
        )

    def after(self, at: datetime) -> EventColumns:
        """Return the events after an instant."""
        return self.select((self.instants > to_micros(at))[self.at()])

    def of_accounts(self, account_pks: Iterable[int]) -> Chosen:
        """Return for each event whether it is of one of the accounts."""
        known: Chosen = np.isin(self.accounts, np.fromiter(account_pks, np.int64))
        return known[self.account]

    def accounts_among(self, account_pks: AbstractSet[int]) -> bool:
        """Return whether every event is of one of the accounts."""
        return all(pk in account_pks for pk in self.accounts.tolist())

    def moments(self) -> list[datetime]:
        """The instants as such."""
        return [from_micros(each) for each in self.instants]

    def pack(self) -> tuple[list[str], bytes]:
        """Return the columns one behind the other, and what each is called and made of."""
        columns = {"account": self.account, "name": self.name, **self.more}
        for name, same in ALIKE.items():
            if name in columns and np.array_equal(columns[name], columns[same]):
                del columns[name]
        # The widest first, so that each begins where the processor likes it to.
        ordered = sorted(columns.items(), key=lambda column: -column[1].itemsize)
        return [f"{name}:{values.dtype.str}" for name, values in ordered], b"".join(
            np.ascontiguousarray(values).tobytes() for _, values in ordered
        )


def unpack_events(
    instants: Sequence[datetime],
    counts: Sequence[int],
    accounts: Sequence[int],
    names: Sequence[str],
    layout: Sequence[str],
    rows: int,
    packed: bytes,
) -> EventColumns:
    """Return the events that were packed; nothing is copied."""
    columns: dict[str, NDArray[Any]] = {}
    start = 0
    for text in layout:
        name, _, kind = text.partition(":")
        columns[name] = np.frombuffer(packed, kind, rows, start)
        start += columns[name].nbytes
    account, called = columns.pop("account"), columns.pop("name")
    whens = np.fromiter((to_micros(each) for each in instants), np.int64, len(instants))
    return EventColumns(
        whens, np.array(counts, np.int64), np.array(accounts, np.int64), tuple(names), account, called, columns
    )


def build_events(at: Numbers, account: Numbers, names: Sequence[str], more: Mapping[str, NDArray[Any]]) -> EventColumns:
    """Build events in the order of their instants; equal instants keep their order."""
    order = np.argsort(at, kind="stable")
    instants, counts = np.unique(at, return_counts=True)
    accounts, account_places = np.unique(account[order], return_inverse=True)
    known = {name: place for place, name in enumerate(sorted(set(names)))}
    name_places = np.fromiter((known[name] for name in names), np.int64, len(names))[order]
    return EventColumns(
        instants,
        counts,
        accounts,
        tuple(known),
        _small(account_places, len(accounts)),
        _small(name_places, len(known)),
        {name: values[order] for name, values in more.items()},
    )


def join_events(parts: Sequence[EventColumns]) -> EventColumns:
    """Join the events of all parts over common lists, in the order of their instants."""
    instants = np.unique(np.concatenate([part.instants for part in parts]))
    accounts = np.unique(np.concatenate([part.accounts for part in parts]))
    names = sorted({name for part in parts for name in part.names})
    known = {name: place for place, name in enumerate(names)}
    at = np.concatenate([np.searchsorted(instants, part.instants)[part.at()] for part in parts])
    order = np.argsort(at, kind="stable")
    account = np.concatenate([np.searchsorted(accounts, part.accounts)[part.account] for part in parts])
    name = np.concatenate(
        [np.array([known[each] for each in part.names], np.int64)[part.name] for part in parts if part.names]
        or [np.zeros(0, np.int64)]
    )
    keys = sorted({key for part in parts for key in part.more})
    more = {key: np.concatenate([part.values(key) for part in parts])[order] for key in keys}
    return EventColumns(
        instants,
        np.bincount(at, minlength=len(instants)),
        accounts,
        tuple(names),
        _small(account[order], len(accounts)),
        _small(name[order], len(names)),
        more,
    )


def split_by_month(events: EventColumns) -> dict[datetime, EventColumns]:
    """Return events by the first instant of their month, in UTC."""
    months = [from_micros(each).replace(day=1, hour=0, minute=0, second=0, microsecond=0) for each in events.instants]
    found = {}
    for month in sorted(set(months)):
        inside = np.array([each == month for each in months], np.bool_)
        found[month] = events.select(inside[events.at()])
    return found


def to_micros(at: datetime) -> int:
    """Return an instant in microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def from_micros(at: int) -> datetime:
    """Return the instant of so many microseconds since 1970."""
    return EPOCH + int(at) * MICROSECOND


def shrink(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return numbers, all zero or above, in as few bytes as hold the highest."""
    return numbers.astype(np.min_scalar_type(int(numbers.max()) if len(numbers) else 0))


def _used(places: Places) -> tuple[Places, NDArray[np.intp]]:
    """Return the places among those that are used, and which these are."""
    is_used = np.zeros(int(places.max()) + 1 if len(places) else 0, np.bool_)
    is_used[places] = True
    used = np.flatnonzero(is_used)
    return _small((np.cumsum(is_used) - 1)[places], len(used)), used


def _small(places: NDArray[Any], number: int) -> Places:
    """Return places among so many in as few bytes as hold them."""
    return places.astype(np.min_scalar_type(max(number - 1, 0)))
