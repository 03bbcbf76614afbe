"""How long each row stood in which cell, month by month, so that any instant's rows are chosen and not read anew.

Of a month all rows are held that stood at some time in it, with where they began and ended inside of the month.
What stood at an instant is one comparison over its month's rows, however long ago that is. Knows no database.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from posture.history.read.cells import Codes, Mask, Numbers, Rows, common, joined, micros, rows_of

NEVER = np.iinfo(np.int64).max
"""The end of what stands on."""
BEFORE = np.int64(0)
"""The beginning of what stood already."""
LEVEL = 6
"""Of the compression: a month is written once a sweep, and read without knowing it."""
HEAD, WIDEST = 8, 8
"""Bytes of the length of what is told before the columns, and of the widest number in these."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Rows, ordered by account and number, each with the microseconds from which on it stood and at which it did not.

    A row's own instant (`rows.at`) is another thing: a finding that goes out of sight stands in one cell, then in
    another, and opened once.
    """

    rows: Rows
    start: Numbers
    end: Numbers

    def __len__(self) -> int:
        return len(self.rows)

    def chosen(self, which: Mask | NDArray[np.intp]) -> Lives:
        """Return some of the rows, over the same cells."""
        return Lives(self.rows.chosen(which), self.start[which], self.end[which])

    def within(self, first: datetime, last: datetime) -> Lives:
        """Return what stood at some time from one instant up to but not at another, as far as these can tell."""
        low, high = micros(first), micros(last)
        some = self.chosen((self.start < high) & (self.end > low))
        start, end = np.where(some.start <= low, BEFORE, some.start), np.where(some.end >= high, NEVER, some.end)
        return Lives(some.rows, start, end)

    def without(self, account_pks: Collection[int], numbers: Numbers) -> Lives:
        """Return all rows but those of some accounts, and those of some numbers."""
        dropped = np.isin(self.rows.number, numbers)
        if account_pks:
            dropped |= self.rows.of_accounts(account_pks)
        return self.chosen(~dropped)

    def pack(self) -> bytes:
        """Return it as bytes, of which `standing` reads what stood at an instant, and `unpack` all."""
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
class _Packed:
    """What `Lives.pack` wrote, array by array."""

    words: Mapping[str, tuple[str, ...]]
    codes: dict[str, Codes]
    accounts: Numbers
    counts: Numbers
    cell: NDArray[Any]
    number: Numbers
    instants: Numbers
    at: NDArray[Any]
    start: NDArray[Any]
    end: NDArray[Any]


def standing(
    dimensions: Sequence[str],
    months: Sequence[tuple[bytes, Collection[int]]],
    at: datetime,
    having: tuple[str, str] | None = None,
) -> Rows:
    """Return what stood at an instant: of each month that was packed the rows of some accounts, by account and number.

    The months are of different accounts, and tell of that instant. With `having`, a dimension and a word of it, the
    rows with that word alone are returned.
    """
    parts = [part for packed, mine in months if len((part := _standing(packed, mine, at, having)).which)]
    if not parts:
        return rows_of(dimensions, [])
    words, codes, places = common(dimensions, [part.whole for part in parts])
    # Each part is written to where it belongs at once: joining parts afterwards would take as long again.
    ends = np.cumsum([len(part.which) for part in parts])
    cell, account, number, instant = (np.empty(ends[-1], kind) for kind in (np.uint32, *(np.int64,) * 3))
    for part, place, end in zip(parts, places, ends, strict=True):
        whole, here = part.whole, slice(end - len(part.which), end)
        np.take(place, whole.cell[part.which], out=cell[here], mode="clip")
        np.take(whole.number, part.which, out=number[here], mode="clip")
        np.take(whole.instants, whole.at[part.which], out=instant[here], mode="clip")
        account[here] = np.repeat(
            whole.accounts, np.diff(np.searchsorted(part.which, np.cumsum(whole.counts)), prepend=0)
        )
    return Rows(words, codes, cell, account, number, instant)


@dataclass(frozen=True, slots=True)
class _Standing:
    """A month, and the places of its rows that are meant."""

    whole: _Packed
    which: NDArray[np.intp]


def _standing(packed: bytes, account_pks: Collection[int], at: datetime, having: tuple[str, str] | None) -> _Standing:
    whole = _opened(packed)
    # As places in the instants there are, which take a fraction of their room.
    place = int(np.searchsorted(whole.instants, micros(at), "right"))
    stood = (whole.start < place) & (whole.end >= place)
    asked = np.isin(whole.accounts, np.fromiter(account_pks, np.int64, len(account_pks)))
    if not asked.all():
        stood &= np.repeat(asked, whole.counts)
    if having is not None:
        dimension, word = having
        fits = np.array([each == word for each in whole.words[dimension]], np.bool_)[whole.codes[dimension]]
        stood &= fits[whole.cell]
    return _Standing(whole, np.flatnonzero(stood))


def unpack(packed: bytes) -> Lives:
    """Return all rows of a month that was packed."""
    whole = _opened(packed)
    account = np.repeat(whole.accounts, whole.counts)
    cell = whole.cell.astype(np.uint32)
    rows = Rows(whole.words, whole.codes, cell, account, whole.number, whole.instants[whole.at])
    return Lives(rows, whole.instants[whole.start], whole.instants[whole.end])


def merged(dimensions: Sequence[str], parts: Sequence[Lives]) -> Lives:
    """Return the rows of all parts over one set of cells, by account and number."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return nothing(dimensions)
    rows = joined(dimensions, [part.rows for part in parts])
    start, end = (np.concatenate([getattr(part, name) for part in parts]) for name in ("start", "end"))
    whole = Lives(rows, start, end)
    return whole.chosen(np.lexsort((start, rows.number, rows.account)))


def nothing(dimensions: Sequence[str]) -> Lives:
    """Return no rows."""
    none = np.zeros(0, np.int64)
    return Lives(rows_of(dimensions, []), none, none)


def _opened(packed: bytes) -> _Packed:
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
    return _Packed(words, codes, accounts, counts, cell, np.cumsum(steps, dtype=np.int64), instants, at, start, end)


def _steps(numbers: Numbers) -> NDArray[Any]:
    """Return by how much each number steps from the one before, in the smallest kind that holds all steps."""
    steps = np.diff(numbers, prepend=0)
    low, high = (int(steps.min()), int(steps.max())) if len(steps) else (0, 0)
    return steps.astype(np.promote_types(np.min_scalar_type(min(low, -1)), np.min_scalar_type(-high - 1)))


def _small(places: NDArray[Any]) -> NDArray[Any]:
    """Return places in the smallest kind of number that holds them."""
    return places.astype(np.min_scalar_type(int(places.max()) if len(places) else 0))
