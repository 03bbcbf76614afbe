"""Rows encoded as columns of numbers: a million are filtered in milliseconds.

Pages count, filter and sort them.

Most of what is known of a finding it shares with others: its check, region, severity and so on. Each
combination that there is becomes a cell, with a word in each dimension, and a row names its cell, its
account, its number and an instant. What narrows by words narrows some thousand cells, and one pass over the
rows counts them. Knows no database, and nothing of what the words mean.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import numpy as np
import zstandard
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.uint32]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SEPARATOR = "\x1f"
"""Between the words of a cell where they come as one text."""
DENSE_ACCOUNT_KEYS_MAX = 1_000_000
"""Numbers between the first and the last account up to which each is given a place of its own."""
SPARSE_ROWS_RATIO = 4
"""Rows are few where this many times as many are there in all."""
PRODUCT_MAX = 2**62
"""Up to where numbers are multiplied."""


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """Rows and their cells; `at` is in microseconds since 1970.

    `account` and `number` are primary keys.

    `words` holds each dimension's words, `codes` for each dimension the place of each cell's word in it, and
    `cell` the place of each row's cell.
    """

    words: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, Codes]
    cell: Codes
    account: Numbers
    number: Numbers
    at: Numbers

    def __len__(self) -> int:
        return len(self.cell)

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(next(iter(self.codes.values())))

    def having(self, dimension: str, words: Collection[str]) -> Mask:
        """Return for each cell whether it has one of the words."""
        known = np.array([word in words for word in self.words[dimension]], dtype=np.bool_)
        found: Mask = known[self.codes[dimension]]
        return found

    def by_cell(self, which: Mask | None = None) -> Numbers:
        """Return how many of some rows, or of all, there are of each cell."""
        return np.bincount(self.cell if which is None else self.cell[which], minlength=self.cells)

    def cells_at(self, places: NDArray[np.intp]) -> Codes:
        """Return the cells of the rows at some positions, which ascend without repeats."""
        return self.cell[places]

    def of_cells(self, cells: Mask) -> Mask:
        """Return for each row whether it is of one of the cells."""
        return cells.take(self.cell)

    def after(self, at: datetime) -> Mask:
        """Return for each row whether its instant is after another."""
        found: Mask = self.at > to_micros(at)
        return found

    def earliest(self, which: Mask) -> datetime | None:
        """Return the first instant of some rows; None where there are none."""
        found = self.at[which]
        return from_micros(int(found.min())) if len(found) else None

    def of_accounts(self, account_pks: Collection[int]) -> Mask:
        """Return for each row whether it is of one of the accounts."""
        return np.isin(self.account, np.fromiter(account_pks, np.int64, len(account_pks)))

    def select(self, rows: Mask | NDArray[np.intp]) -> EncodedRows:
        """Return some of the rows, by a mask or by positions, over the same cells."""
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows  # a mask is gone through once, not four times
        account, number = self.account[places], self.number[places]
        return EncodedRows(self.words, self.codes, self.cell[places], account, number, self.at[places])

    def replace_cells(
        self, words: Mapping[str, tuple[str, ...]], codes: Mapping[str, Codes], places: NDArray[np.intp], cell: Codes
    ) -> EncodedRows:
        """Return the rows with some more cells, which the rows at some positions are in.

        The places are in order, and different ones.
        """
        cells = self.cell.copy()
        cells[places] = cell
        return EncodedRows(words, codes, cells, self.account, self.number, self.at)

    def span(self, account_pk: int) -> tuple[int, int]:
        """Return the first and the end position of an account's rows; rows are by account."""
        first, last = np.searchsorted(self.account, [account_pk, account_pk + 1]).tolist()
        return first, last

    def by_account(self, which: Mask | None) -> dict[int, int]:
        """Return how many of some rows, or of all, there are of each account."""
        account = self.account if which is None else self.account[which]
        low, high = (int(account.min()), int(account.max())) if len(account) else (0, -1)
        if high - low < DENSE_ACCOUNT_KEYS_MAX:
            counted = np.bincount(account - low)
            accounts = np.flatnonzero(counted)
            return dict(zip((accounts + low).tolist(), counted[accounts].tolist(), strict=True))
        accounts, numbers = np.unique(account, return_counts=True)
        return dict(zip(accounts.tolist(), numbers.tolist(), strict=True))

    def compact(self) -> EncodedRows:
        """Return the same rows over those cells alone that one of them has."""
        there = np.bincount(self.cell, minlength=self.cells) > 0
        place = np.cumsum(there, dtype=np.uint32) - 1
        codes = {name: code[there] for name, code in self.codes.items()}
        return EncodedRows(self.words, codes, place[self.cell].astype(np.uint32), self.account, self.number, self.at)

    def pack(self) -> bytes:
        """Return it as bytes; `unpack` is the way back."""
        # A few accounts and instants stand for all rows, so that their places take a fraction of the room.
        (accounts, account), (instants, at) = (np.unique(each, return_inverse=True) for each in (self.account, self.at))
        rest: list[NDArray[Any]] = [self.cell, self.number, accounts, _small(account), instants, _small(at)]
        arrays = [*self.codes.values(), *rest]
        stored = [(each.dtype.str, each.tobytes()) for each in arrays]
        return zstandard.compress(pickle.dumps((dict(self.words), stored), protocol=5), 1)


def unpack_rows(packed: bytes) -> EncodedRows:
    """Unpack rows that this site packed, and never others: they are a pickle."""
    words, stored = pickle.loads(zstandard.decompress(packed))  # noqa: S301 - of the site's own cache, as all in it
    arrays = [np.frombuffer(content, kind) for kind, content in stored]
    cell, number, accounts, account, instants, at = arrays[len(words) :]
    return EncodedRows(words, dict(zip(words, arrays, strict=False)), cell, accounts[account], number, instants[at])


def _small(places: NDArray[np.intp]) -> NDArray[Any]:
    """Return places in the smallest kind of number that holds them."""
    return places.astype(np.min_scalar_type(int(places.max()) if len(places) else 0))


def encode_rows(dimensions: Sequence[str], found: Sequence[tuple[int, int, int, str]]) -> EncodedRows:
    """Encode tuples: account, number, microseconds, and the words of the cell as text."""
    places: dict[str, int] = {}
    cell = np.fromiter((places.setdefault(text, len(places)) for *_, text in found), np.uint32, len(found))
    last = len(dimensions) - 1  # so that the last word may hold the separator
    columns = zip(*(text.split(SEPARATOR, last) for text in places), strict=True) if places else ((),) * (last + 1)
    words: dict[str, tuple[str, ...]] = {}
    codes: dict[str, Codes] = {}
    for name, column in zip(dimensions, columns, strict=True):
        words[name], codes[name] = _encode(column)
    account, number, at = (np.fromiter((one[n] for one in found), np.int64, len(found)) for n in range(3))
    return EncodedRows(words, codes, cell, account, number, at)


def _encode(column: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
    words = tuple(sorted(set(column)))
    place = {word: number for number, word in enumerate(words)}
    return words, np.fromiter((place[word] for word in column), np.uint32, len(column))


def join_rows(dimensions: Sequence[str], pieces: Sequence[EncodedRows]) -> EncodedRows:
    """Return the rows of all pieces over one set of cells, in the order of the pieces."""
    pieces = [piece for piece in pieces if len(piece)]
    if not pieces:
        return encode_rows(dimensions, [])
    words, codes, places = merge_cells(dimensions, pieces)
    return EncodedRows(
        words,
        codes,
        np.concatenate([place[piece.cell] for place, piece in zip(places, pieces, strict=True)]),
        *(np.concatenate([getattr(piece, name) for piece in pieces]) for name in ("account", "number", "at")),
    )


class HasCells(Protocol):
    """Anything with cells: each dimension's words, and each cell's position in them."""

    @property
    def words(self) -> Mapping[str, tuple[str, ...]]:
        """Each dimension's words."""

    @property
    def codes(self) -> Mapping[str, Codes]:
        """Of each cell the place of its word in each dimension."""


def merge_cells(
    dimensions: Sequence[str], pieces: Sequence[HasCells]
) -> tuple[dict[str, tuple[str, ...]], dict[str, Codes], list[Codes]]:
    """Return one set of cells for all pieces, and each piece's cells among them."""
    sizes = [len(next(iter(piece.codes.values()))) for piece in pieces]
    words: dict[str, tuple[str, ...]] = {}
    key = np.zeros(sum(sizes), np.int64)
    for name in dimensions:
        words[name] = tuple(sorted(set().union(*(piece.words[name] for piece in pieces))))
        key = key * len(words[name]) + _recode(name, words[name], pieces)
    known, place = np.unique(key, return_inverse=True)
    return words, _decode(known, words), np.split(place.astype(np.uint32), np.cumsum(sizes)[:-1])


def replace_words(rows: EncodedRows, places: NDArray[np.intp], words: Mapping[str, Sequence[str]]) -> EncodedRows:
    """Return the rows with other words in some dimensions.

    Each dimension has one word for each of the positions, in their order.
    """
    if not len(places):
        return rows
    known = {name: tuple(sorted({*rows.words[name], *words.get(name, ())})) for name in rows.words}
    place = {name: {word: number for number, word in enumerate(known[name])} for name in words}
    fresh = {name: np.array([place[name][word] for word in mine], np.uint32) for name, mine in words.items()}
    keys, cell_of_place = np.unique(np.stack([rows.cells_at(places), *fresh.values()]), axis=1, return_inverse=True)
    codes = {}
    for name, code in rows.codes.items():
        if name in words:
            moved = np.array([place[name][word] for word in rows.words[name]], np.uint32)
            codes[name] = np.concatenate([moved[code], keys[1 + list(words).index(name)]])
        else:
            codes[name] = np.concatenate([code, code[keys[0]]])
    return rows.replace_cells(known, codes, places, (rows.cells + cell_of_place.reshape(-1)).astype(np.uint32))


def _recode(name: str, words: Sequence[str], pieces: Sequence[HasCells]) -> Numbers:
    """Return the position of each cell's word among all words, all pieces in a row."""
    place = {word: number for number, word in enumerate(words)}
    moved = (np.array([place[word] for word in piece.words[name]], np.int64) for piece in pieces)
    return np.concatenate([new[piece.codes[name]] for new, piece in zip(moved, pieces, strict=True)])


def _decode(key: Numbers, words: Mapping[str, Sequence[str]]) -> dict[str, Codes]:
    codes: dict[str, Codes] = {}
    for name in reversed([*words]):
        key, code = np.divmod(key, len(words[name]))
        codes[name] = code.astype(np.uint32)
    return {name: codes[name] for name in words}


def to_micros(at: datetime) -> int:
    """Return an instant in microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def from_micros(at: int) -> datetime:
    """Return the instant of so many microseconds since 1970."""
    return EPOCH + int(at) * MICROSECOND


@dataclass(frozen=True, slots=True)
class FilteredRows:
    """Rows under named conditions: on the words of a cell, or on the row itself."""

    rows: EncodedRows
    of_cells: Mapping[str, Mask]
    of_rows: Mapping[str, Mask]
    counted: dict[tuple[str, ...], Numbers] = field(default_factory=dict)
    """How many rows of each cell meet some conditions on rows, once that was counted."""
    kept: list[EncodedRows] = field(default_factory=list)
    """The rows that meet all conditions, once they were chosen."""

    def counts(self, leaving_out: str = "") -> Numbers:
        """Return how many rows of each cell meet all conditions but one."""
        names = tuple(name for name in self.of_rows if name != leaving_out)
        if names not in self.counted:
            which = np.logical_and.reduce([self.of_rows[name] for name in names]) if names else None
            self.counted[names] = self.rows.by_cell(which)
        return self.counted[names] * self._fitting(leaving_out)

    def by(self, dimension: str, leaving_out: str = "") -> dict[str, int]:
        """Return how many rows there are by a dimension's words, those that there are."""
        words = self.rows.words[dimension]
        counted = np.bincount(
            self.rows.codes[dimension], self.counts(leaving_out), len(words)
        )  # exact: floats hold whole numbers up to 2**53
        return {word: int(number) for word, number in zip(words, counted, strict=True) if number}

    def by_account(self, leaving_out: str = "") -> dict[int, int]:
        """Return how many rows there are of each account."""
        if self._is_left(leaving_out):
            return self.left().by_account(None)
        is_all = not self.of_rows.keys() - {leaving_out} and bool(self._fitting(leaving_out).all())
        return self.rows.by_account(None if is_all else self.mask(leaving_out))

    def left(self, leaving_out: str = "", also: Mask | None = None) -> EncodedRows:
        """Return the rows that meet all conditions but one; `also` limits their cells.

        Where few are left they are chosen from all once, and what more is asked of them is looked for among these.
        """
        if not self._is_left(leaving_out):
            return self.rows.select(self.mask(leaving_out, also))
        if not self.kept:
            self.kept.append(self.rows.select(self.mask()))
        return self.kept[0] if also is None else self.kept[0].select(self.kept[0].of_cells(also))

    def _is_left(self, leaving_out: str) -> bool:
        """Return True where few rows meet all conditions but the one left out."""
        is_on = leaving_out in self.of_cells or leaving_out in self.of_rows
        return not is_on and int(self.counts().sum()) * SPARSE_ROWS_RATIO < len(self.rows)

    def mask(self, leaving_out: str = "", also: Mask | None = None) -> Mask:
        """Return a mask of the rows that meet all conditions but one; `also` limits cells."""
        fits = self._fitting(leaving_out)
        if also is not None:
            fits &= also
        # Where all cells fit, no row is looked at.
        found: Mask = np.ones(len(self.rows), np.bool_) if fits.all() else self.rows.of_cells(fits)
        for name, condition in self.of_rows.items():
            if name != leaving_out:
                found &= condition
        return found

    def _fitting(self, leaving_out: str) -> Mask:
        found = np.ones(self.rows.cells, np.bool_)
        for name, condition in self.of_cells.items():
            if name != leaving_out:
                found &= condition
        return found


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows with words in common: their number by another dimension, and more.

    The words are those in common.

    `fresh` counts the rows after an instant; `accounts` are different ones; `first` is the earliest instant.
    """

    words: tuple[str, ...]
    counts: Mapping[str, int]
    accounts: int
    fresh: int
    first: datetime

    @property
    def number(self) -> int:
        """How many rows there are."""
        return sum(self.counts.values())


def group_rows(rows: EncodedRows, dimensions: Sequence[str], apart: str, since: datetime) -> list[RowGroup]:
    """Group rows by their words in some dimensions, and count by one more."""
    if not len(rows):
        return []
    keys, group_of_cell = np.unique(np.stack([rows.codes[name] for name in dimensions]), axis=1, return_inverse=True)
    group = group_of_cell.reshape(-1).astype(np.uint16)[rows.cell]
    size = keys.shape[1]
    order = np.argsort(group, kind="stable")  # radix, for so few bits
    numbers = np.bincount(group, minlength=size)
    starts = np.concatenate([[0], np.cumsum(numbers)[:-1]])
    there = np.flatnonzero(numbers)
    first = np.minimum.reduceat(rows.at[order], starts[there])
    fresh = np.bincount(group[rows.at > to_micros(since)], minlength=size)
    accounts = _distinct(group, rows.account, size)
    code = rows.codes[apart][rows.cell]
    by_word = {word: np.bincount(group[code == place], minlength=size) for place, word in enumerate(rows.words[apart])}
    return [
        RowGroup(
            words=tuple(rows.words[name][keys[n, key]] for n, name in enumerate(dimensions)),
            counts={word: int(counted[key]) for word, counted in by_word.items() if counted[key]},
            accounts=int(accounts[key]),
            fresh=int(fresh[key]),
            first=from_micros(first[place]),
        )
        for place, key in enumerate(there)
    ]


def _distinct(group: NDArray[np.uint16], values: Numbers, size: int) -> Numbers:
    """Return how many different values each group has."""
    known, place = np.unique(values, return_inverse=True)
    met = np.zeros((size, len(known)), np.bool_)
    met[group, place] = True
    found: Numbers = met.sum(axis=1)
    return found


def rank_words(rows: EncodedRows, dimension: str, rank: Callable[[str], Any] = str) -> Numbers:
    """Return each row's rank by its word in a dimension, or by `rank` of that word."""
    return rank_values([rank(word) for word in rows.words[dimension]])[rows.codes[dimension]][rows.cell]


def rank_values(values: Sequence[Any]) -> Numbers:
    """Number values in their order, equal ones alike."""
    ranks = {each: place for place, each in enumerate(sorted(set(values)))}
    return np.array([ranks[each] for each in values], np.int64)


def select_top(keys: Iterable[NDArray[Any]], first: int, last: int) -> NDArray[np.intp]:
    """Return the positions of rows `first` up to `last` in the order of some keys.

    The first key is the most significant.

    Only what is asked for is put in order, however many rows there are.
    """
    whole = _one_key(list(keys))
    last = min(last, len(whole))
    if first >= last:
        return np.zeros(0, np.intp)
    near = np.argpartition(whole, last - 1)[:last] if last < len(whole) else np.arange(len(whole))
    # Of equal keys the first rows come first, so that pages neither repeat a row nor leave one out.
    edge = whole[near].max()
    before, same = np.flatnonzero(whole < edge), np.flatnonzero(whole == edge)
    near = np.concatenate([before, same[: last - len(before)]])
    return near[np.argsort(whole[near], kind="stable")][first:last]


def _one_key(keys: Sequence[NDArray[Any]]) -> Numbers:
    """Return one number per row that sorts as its keys do, the first key first."""
    whole, size = np.zeros(len(keys[0]), np.int64), 1
    for key in keys:
        low = int(key.min()) if len(key) else 0
        span = int(key.max()) - low + 1 if len(key) else 1
        if size * span > PRODUCT_MAX:
            known, whole = np.unique(whole, return_inverse=True)
            size = len(known)
        whole, size = whole * span + (key - low), size * span
    return whole
