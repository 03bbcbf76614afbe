"""Intervals of each row in each cell, by month, to select the rows of any instant.

A month holds all rows that were valid at some time in it, with where they began and ended inside the month. The rows
of an instant are one comparison over its month's rows, however long ago that is. Knows no database.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from posture.history.columnar.encoded_rows import (
    Codes,
    EncodedRows,
    Mask,
    Numbers,
    encode_rows,
    from_micros,
    join_rows,
    merge_cells,
    to_micros,
)
from posture.history.tuning import tuning

NEVER = np.iinfo(np.int64).max
"""The end of an open interval."""
BEFORE = np.int64(0)
"""The beginning of an interval that began before the month."""
LEVEL = 6
"""Of the compression: a month is written once a sweep, and read without knowing it."""
SPARSE_ROWS_RATIO = 16
"""One row of so many is few."""
NO_CELLS = np.zeros(0, np.uint32)
HEAD, WIDEST = 8, 8
"""Bytes of the header's length, and of the widest number in the columns."""


@dataclass(frozen=True, slots=True)
class IntervalRows:
    """Rows by account and number, each with the microseconds of its start and end.

    A row's own instant (`rows.at`) is another thing: a finding that becomes unreadable is in one cell, then in
    another, and opened once.
    """

    rows: EncodedRows
    start: Numbers
    end: Numbers

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, which: Mask | NDArray[np.intp]) -> IntervalRows:
        """Return some of the rows, over the same cells."""
        return IntervalRows(self.rows.select(which), self.start[which], self.end[which])

    def within(self, first: datetime, last: datetime) -> IntervalRows:
        """Return the rows that are valid at some time in a period, its end excluded."""
        low, high = to_micros(first), to_micros(last)
        some = self.select((self.start < high) & (self.end > low))
        start, end = np.where(some.start <= low, BEFORE, some.start), np.where(some.end >= high, NEVER, some.end)
        return IntervalRows(some.rows, start, end)

    def without(self, account_pks: Collection[int], numbers: Numbers) -> IntervalRows:
        """Return all rows but those of some accounts, and those of some numbers."""
        dropped = np.isin(self.rows.number, numbers)
        if account_pks:
            dropped |= self.rows.of_accounts(account_pks)
        return self.select(~dropped)

    def pack(self) -> bytes:
        """Pack into bytes: `select_at_instant` reads an instant, `unpack_intervals` all."""
        rows = self.rows.compact()
        accounts, counts = np.unique(rows.account, return_counts=True)
        instants, places = np.unique(np.concatenate([rows.at, self.start, self.end]), return_inverse=True)
        at, start, end = np.split(_small(places), 3)
        arrays: list[NDArray[Any]] = [
            *rows.codes.values(),
            accounts,
            counts,
            _small(rows.cell),
            _steps(rows.number),
            instants,
        ]
        arrays += [at, start, end]
        # The widest first, so that each begins where the processor likes it to.
        order = sorted(range(len(arrays)), key=lambda place: -arrays[place].itemsize)
        layout = [(place, arrays[place].dtype.str, len(arrays[place])) for place in order]
        head = json.dumps([dict(rows.words), layout]).encode()
        head += b" " * (-(len(head) + HEAD) % WIDEST)
        body = b"".join(arrays[place].tobytes() for place in order)
        return zstandard.compress(len(head).to_bytes(HEAD, "little") + head + body, LEVEL)


@dataclass(frozen=True, slots=True)
class _PackedMonth:
    """What `Lives.pack` wrote, array by array."""

    words: Mapping[str, tuple[str, ...]]
    codes: dict[str, Codes]
    accounts: Numbers
    counts: Numbers
    cell: NDArray[Any]
    steps: NDArray[Any]
    """Of each number from the one before."""
    instants: Numbers
    at: NDArray[Any]
    start: NDArray[Any]
    end: NDArray[Any]


@dataclass(frozen=True, slots=True)
class _MonthSlice:
    """A month, and the places of its rows that are meant, in order."""

    whole: _PackedMonth
    which: NDArray[np.intp]
    cell: NDArray[Any]
    """Of each selected row, where `cells` has it."""
    cells: Codes
    """Different ones, of those that all months share."""

    def counts(self) -> Numbers:
        """Return how many rows there are of each of the month's accounts."""
        return np.diff(np.searchsorted(self.which, np.cumsum(self.whole.counts)), prepend=0)

    def account(self) -> Numbers:
        """Return the account of each row."""
        return np.repeat(self.whole.accounts, self.counts())

    def at(self) -> Numbers:
        """Return the instant of each row."""
        found: Numbers = self.whole.instants[self.whole.at[self.which]]
        return found

    def after(self, at: int) -> Mask:
        """Return for each row whether its instant is after another, by the places of both."""
        found: Mask = self.whole.at[self.which] >= int(np.searchsorted(self.whole.instants, at, "right"))
        return found

    def earliest(self, which: Mask) -> int | None:
        """Return the first instant of some rows; None where there are none."""
        places = self.whole.at[self.which[which]]
        return int(self.whole.instants[places.min()]) if len(places) else None

    def by_cell(self) -> Numbers:
        """Return how many rows there are of each of `cells`."""
        found = np.zeros(len(self.cells), np.int64)
        for part in _pieces(self.cell):
            found += np.bincount(part, minlength=len(found))
        return found

    def write(self, words: NDArray[Any], out: NDArray[Any]) -> None:
        """Write for each row the value of its cell."""
        mine = words[self.cells]
        for part, into in zip(_pieces(self.cell), _pieces(out), strict=True):
            np.take(mine, part, out=into, mode="clip")

    def select(self, places: NDArray[Any]) -> _MonthSlice:
        """Return the rows at some places, which are in order and different ones."""
        return replace(self, which=self.which[places], cell=self.cell[places])

    def replace_cells(self, places: NDArray[Any], cell: Codes) -> _MonthSlice:
        """Return the same rows, those at some places of further cells."""
        fresh, place = np.unique(cell, return_inverse=True)
        cells = np.concatenate([self.cells, fresh])
        mine = self.cell.astype(np.promote_types(self.cell.dtype, np.min_scalar_type(len(cells))))
        mine[places] = len(self.cells) + place
        return replace(self, cell=mine, cells=cells)

    def number(self) -> Numbers:
        """Return each row's number.

        Of few rows the steps in between are added up without writing the numbers of the others.
        """
        which, steps = self.which, self.whole.steps
        if not 0 < len(which) * SPARSE_ROWS_RATIO < len(steps):
            return np.cumsum(steps, dtype=np.int64)[which]
        begins = np.concatenate([[0], which[:-1] + 1])
        return np.cumsum(np.add.reduceat(steps[: which[-1] + 1], begins, dtype=np.int64))


class LazyRows(EncodedRows):
    """Rows of some months, of which columns are computed when used.

    Account, number and instant: a page uses those of few rows.
    """

    _parts: Sequence[_MonthSlice]

    def __init__(
        self, words: Mapping[str, tuple[str, ...]], codes: Mapping[str, Codes], parts: Sequence[_MonthSlice]
    ) -> None:
        for name, value in (("words", words), ("codes", codes), ("_parts", parts)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return self._ends[-1]

    @cached_property
    def cell(self) -> Codes:
        """The cell of each row."""
        return self._expand(np.arange(self.cells, dtype=np.uint32))

    def by_cell(self, which: Mask | None = None) -> Numbers:
        """Return how many of some rows, or of all, there are of each cell."""
        if which is not None:
            return self._select(np.flatnonzero(which)).by_cell()
        found = np.zeros(self.cells, np.int64)
        for part in self._parts:
            found[part.cells] += part.by_cell()
        return found

    def cells_at(self, places: NDArray[np.intp]) -> Codes:
        """Return the cells of the rows at some positions, which ascend without repeats."""
        return self._select(places).cell

    def of_cells(self, cells: Mask) -> Mask:
        """Return for each row whether it is of one of the cells."""
        return self._expand(cells)

    def after(self, at: datetime) -> Mask:
        """Return for each row whether its instant is after another."""
        return np.concatenate([part.after(to_micros(at)) for part in self._parts])

    def earliest(self, which: Mask) -> datetime | None:
        """Return the first instant of some rows; None where there are none."""
        parts = zip(self._parts, self._ends, self._ends[1:], strict=False)
        found = [part.earliest(which[first:last]) for part, first, last in parts]
        return min((from_micros(each) for each in found if each is not None), default=None)

    @cached_property
    def account(self) -> Numbers:
        """The account of each row."""
        return np.concatenate([part.account() for part in self._parts])

    @cached_property
    def number(self) -> Numbers:
        """The number of each row."""
        return np.concatenate([part.number() for part in self._parts])

    @cached_property
    def at(self) -> Numbers:
        """The instant of each row."""
        return np.concatenate([part.at() for part in self._parts])

    def select(self, rows: Mask | NDArray[np.intp]) -> EncodedRows:
        """Return some of the rows, by a mask or by positions, over the same cells."""
        if rows.dtype == np.bool_:
            return self if rows.all() else self._select(np.flatnonzero(rows))
        if len(rows) * SPARSE_ROWS_RATIO > len(self) or "number" in self.__dict__:
            return super().select(rows)
        places, back = np.unique(rows, return_inverse=True)
        return EncodedRows.select(self._select(places), back)

    def replace_cells(
        self, words: Mapping[str, tuple[str, ...]], codes: Mapping[str, Codes], places: NDArray[np.intp], cell: Codes
    ) -> EncodedRows:
        """Return the rows with some more cells, which the rows at some positions are in."""
        parts = [
            part.replace_cells(places[first:last] - begin, cell[first:last]) if first < last else part
            for part, begin, first, last in self._split(places)
        ]
        return LazyRows(words, codes, parts)

    def span(self, account_pk: int) -> tuple[int, int]:
        """Return from where on and up to where rows are of an account."""
        accounts, begins = self._runs
        first, last = np.searchsorted(accounts, [account_pk, account_pk + 1])
        return int(begins[first]), int(begins[last])

    def by_account(self, which: Mask | None) -> dict[int, int]:
        """Return how many of some rows, or of all, there are of each account."""
        accounts, begins = self._runs
        numbers = np.diff(begins)
        if which is not None and len(accounts):
            numbers = np.add.reduceat(which, begins[:-1], dtype=np.int64)
        return {pk: number for pk, number in zip(accounts.tolist(), numbers.tolist(), strict=True) if number}

    @cached_property
    def _runs(self) -> tuple[Numbers, Numbers]:
        """Return the accounts with rows, in order, and where each one's rows begin.

        And where the last one's end.
        """
        accounts = np.concatenate([part.whole.accounts for part in self._parts])
        counts = np.concatenate([part.counts() for part in self._parts])
        there = counts > 0
        return accounts[there], np.concatenate([[0], np.cumsum(counts[there])])

    def _select(self, places: NDArray[Any]) -> LazyRows:
        """Return the rows at some places, which are in order and different ones."""
        parts = [part.select(places[first:last] - begin) for part, begin, first, last in self._split(places)]
        return LazyRows(self.words, self.codes, parts)

    @cached_property
    def _ends(self) -> list[int]:
        """Where the rows of each part begin; and where the last ends."""
        return [0, *accumulate(len(part.which) for part in self._parts)]

    def _split(self, places: NDArray[Any]) -> Iterator[tuple[_MonthSlice, int, int, int]]:
        """Yield each part, where its rows begin, and the range of positions in it."""
        bounds = np.searchsorted(places, self._ends).tolist()
        yield from zip(self._parts, self._ends, bounds, bounds[1:], strict=False)

    def _expand(self, words: NDArray[Any]) -> NDArray[Any]:
        """Return for each row the value of its cell."""
        found = np.empty(len(self), words.dtype)
        for part, first, last in zip(self._parts, self._ends, self._ends[1:], strict=False):
            part.write(words, found[first:last])
        return found


def select_at_instant(
    dimensions: Sequence[str],
    months: Sequence[tuple[bytes, Collection[int]]],
    at: datetime,
    having: tuple[str, str] | None = None,
) -> EncodedRows:
    """Return the rows at an instant from packed months, by account and number.

    Each month comes with the accounts to take from it; months are of different accounts, and of that instant. With
    `having`, a dimension and a word of it, only the rows with that word are returned.
    """
    parts = [part for packed, mine in months if len((part := _select_in_month(packed, mine, at, having)).which)]
    if not parts:
        return encode_rows(dimensions, [])
    words, codes, cells = merge_cells(dimensions, [part.whole for part in parts])
    return LazyRows(words, codes, [replace(part, cells=each) for part, each in zip(parts, cells, strict=True)])


def _select_in_month(
    packed: bytes, account_pks: Collection[int], at: datetime, having: tuple[str, str] | None
) -> _MonthSlice:
    whole = _unpack_month(packed)
    # As places in the instants there are, which take a fraction of their room.
    place = int(np.searchsorted(whole.instants, to_micros(at), "right"))
    valid = (whole.start < place) & (whole.end >= place)
    asked = np.isin(whole.accounts, np.fromiter(account_pks, np.int64, len(account_pks)))
    if not asked.all():
        valid &= np.repeat(asked, whole.counts)
    if having is not None:
        dimension, word = having
        fits = np.array([each == word for each in whole.words[dimension]], np.bool_)[whole.codes[dimension]]
        valid &= fits[whole.cell]
    # Cells take a fraction of a number's bytes, as they are stored: what all months share is looked up when used.
    return _MonthSlice(whole, np.flatnonzero(valid), whole.cell[valid], NO_CELLS)


def _pieces(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield slices that fit the processor's cache with NumPy's intermediate results."""
    for first in range(0, len(values), tuning.interval_batch_rows):
        yield values[first : first + tuning.interval_batch_rows]


def unpack_intervals(packed: bytes) -> IntervalRows:
    """Return all rows of a month that was packed."""
    whole = _unpack_month(packed)
    account = np.repeat(whole.accounts, whole.counts)
    cell = whole.cell.astype(np.uint32)
    number = np.cumsum(whole.steps, dtype=np.int64)
    rows = EncodedRows(whole.words, whole.codes, cell, account, number, whole.instants[whole.at])
    return IntervalRows(rows, whole.instants[whole.start], whole.instants[whole.end])


def merge_intervals(dimensions: Sequence[str], parts: Sequence[IntervalRows]) -> IntervalRows:
    """Return the rows of all parts over one set of cells, by account and number."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return make_empty(dimensions)
    rows = join_rows(dimensions, [part.rows for part in parts])
    start, end = (np.concatenate([getattr(part, name) for part in parts]) for name in ("start", "end"))
    whole = IntervalRows(rows, start, end)
    return whole.select(np.lexsort((start, rows.number, rows.account)))


def make_empty(dimensions: Sequence[str]) -> IntervalRows:
    """Return no rows."""
    none = np.zeros(0, np.int64)
    return IntervalRows(encode_rows(dimensions, []), none, none)


def _unpack_month(packed: bytes) -> _PackedMonth:
    content = zstandard.decompress(packed)
    first = HEAD + int.from_bytes(content[:HEAD], "little")
    texts, layout = json.loads(content[HEAD:first])
    words = {name: tuple(each) for name, each in texts.items()}
    arrays: dict[int, NDArray[Any]] = {}
    for place, kind, number in layout:
        arrays[place] = np.frombuffer(content, kind, number, first)
        first += arrays[place].nbytes
    ordered = [arrays[place] for place in range(len(arrays))]
    accounts, counts, cell, steps, instants, at, start, end = ordered[len(words) :]
    codes = dict(zip(words, ordered, strict=False))
    return _PackedMonth(words, codes, accounts, counts, cell, steps, instants, at, start, end)


def _steps(numbers: Numbers) -> NDArray[Any]:
    """Return the differences between successive numbers in the smallest type."""
    steps = np.diff(numbers, prepend=0)
    low, high = (int(steps.min()), int(steps.max())) if len(steps) else (0, 0)
    return steps.astype(np.promote_types(np.min_scalar_type(min(low, -1)), np.min_scalar_type(-high - 1)))


def _small(places: NDArray[Any]) -> NDArray[Any]:
    """Return places in the smallest kind of number that holds them."""
    return places.astype(np.min_scalar_type(int(places.max()) if len(places) else 0))
