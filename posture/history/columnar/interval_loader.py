"""Reads from the store in which cell each finding or resource was, and when.

The results are rows of `validity_intervals.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from psycopg.sql import SQL, Composed, Identifier

from posture.history.columnar.encoded_rows import SEPARATOR, EncodedRows, Numbers, encode_rows, to_micros
from posture.history.columnar.validity_intervals import BEFORE, NEVER, IntervalRows, make_empty, merge_intervals
from posture.history.statements import load_part, load_statement

PeriodSpan = tuple[int, int, int]
"""From when on, up to when, and which code holds meanwhile."""
UNDECIDED = ("open", "")
"""What people say of a finding is not the past's: whoever reads it puts it in."""
SHARD_MAX_ACCOUNTS = 25
"""Accounts that are read at once: as many as fit into memory."""

_TOUCHED = load_statement(__file__, "touched_resources")


def _unseen(table: str, since: str, periods: str) -> Composed:
    """Return the bounds of the times out of visibility that two columns hold."""
    return load_part(__file__, "unseen_bounds").format(
        since=Identifier(table, since), periods=Identifier(table, periods), never=NEVER
    )


def _narrow(statement: SQL, unseen: Composed) -> tuple[str, str]:
    """Return a statement about some accounts, and the same about some resources."""
    of_accounts, of_resources = (
        statement.format(unseen=unseen, where=SQL(where)).as_string()
        for where in ("account_id = ANY(%(accounts)s)", "resource_id = ANY(%(resources)s)")
    )
    return of_accounts, of_resources


_RESOURCES = _narrow(load_part(__file__, "resource_intervals"), _unseen("r", "unseen_since", "unseen_periods"))
"""Account, resource, first seen, beginning, end, type and region, classification, and bounds of unseen periods."""
_FINDINGS = _narrow(load_part(__file__, "finding_intervals"), _unseen("e", "stale_since", "stale_periods"))
"""Account, finding, resource, beginning, end, other words of its cell, and bounds of unseen periods."""


@dataclass(frozen=True, slots=True)
class IntervalRequest:
    """Intervals to read, from an instant on: of some accounts or of some resources."""

    since: datetime
    account_pks: Sequence[int] = ()
    resource_ids: Sequence[int] | None = None

    def fetch(self, statements: tuple[str, str]) -> list[list[Any]]:
        """Run a query about accounts or resources, and return what it finds by column."""
        of_accounts, of_resources = statements
        asked: dict[str, Any] = {
            "since": self.since,
            "accounts": list(self.account_pks),
            "resources": list(self.resource_ids or ()),
        }
        with connection.cursor() as cursor:
            cursor.execute(of_accounts if self.resource_ids is None else of_resources, asked)
            return [list(column) for column in zip(*cursor.fetchall(), strict=True)]

    def parts(self) -> Iterable[IntervalRequest]:
        """Yield parts of it whose rows can be held at once."""
        if self.resource_ids is not None:
            yield self
            return
        for first in range(0, len(self.account_pks), SHARD_MAX_ACCOUNTS):
            yield IntervalRequest(self.since, self.account_pks[first : first + SHARD_MAX_ACCOUNTS])


@dataclass(frozen=True, slots=True)
class _UncodedIntervals:
    """Rows before encoding.

    `text` holds all but two words of a cell, which follow from `unseen` and `level`.
    """

    place: Numbers
    """Position among the rows that were read: the parts of a row that is cut keep it."""
    account: Numbers
    number: Numbers
    at: Numbers
    start: Numbers
    end: Numbers
    text: Numbers
    unseen: Numbers
    level: Numbers

    def recode(self, column: str, spans: Mapping[int, Sequence[PeriodSpan]]) -> _UncodedIntervals:
        """Return the rows with other codes in one column inside the spans of their places.

        Rows are cut where the spans end.
        """
        if not spans:
            return self
        columns = {name: getattr(self, name) for name in self.__slots__}
        is_meant = np.isin(self.place, np.fromiter(spans, np.int64, len(spans)))
        which, parts = [], []
        for row in np.flatnonzero(is_meant).tolist():
            plain = int(columns[column][row])
            mine = list(_cut(int(self.start[row]), int(self.end[row]), plain, spans[int(self.place[row])]))
            parts += mine
            which += [row] * len(mine)
        fresh = {name: values[which] for name, values in columns.items()}
        fresh |= {
            name: _numbers(cut) for name, cut in zip(("start", "end", column), zip(*parts, strict=True), strict=True)
        }
        return _UncodedIntervals(**{name: np.concatenate([columns[name][~is_meant], fresh[name]]) for name in columns})


def load_intervals(name: str, dimensions: Sequence[str], asked: IntervalRequest) -> IntervalRows:
    """Return the intervals of findings or resources that reach beyond an instant.

    They hold nothing of the time before it.
    """
    read: Callable[[Sequence[str], IntervalRequest], IntervalRows] = _findings if name == "findings" else _resources
    return merge_intervals(dimensions, [read(dimensions, part) for part in asked.parts()])


def list_touched_resources(account_pks: Sequence[int], after: datetime) -> list[int]:
    """Return the resources with events after an instant that may change their rows."""
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, {"accounts": list(account_pks), "after": after})
        return [number for (number,) in cursor.fetchall()]


def _resources(dimensions: Sequence[str], asked: IntervalRequest) -> IntervalRows:
    found = asked.fetch(_RESOURCES)
    if not found:
        return make_empty(dimensions)
    account, number, at, start, end, texts, levels, away = found
    text, known = _encode(texts)
    level, known_levels = _encode(levels)
    rows = _make_uncoded(asked, (account, number, at, start), text, level, end).recode(
        "unseen", _list_unseen_periods(away)
    )

    def cell(text: int, unseen: int, level: int) -> str:
        return SEPARATOR.join((known[text], ("seen", "unseen")[unseen], known_levels[level]))

    return _with_cells(dimensions, rows, cell)


def _findings(dimensions: Sequence[str], asked: IntervalRequest) -> IntervalRows:
    found = asked.fetch(_FINDINGS)
    if not found:
        return make_empty(dimensions)
    account, number, resource, at, end, texts, away = found
    text, known = _encode(texts)
    rows = _make_uncoded(asked, (account, number, at, at), text, np.zeros_like(text), end)
    levels, spans = _levels(asked, rows, _numbers(resource))
    rows = rows.recode("level", spans).recode("unseen", _list_unseen_periods(away))

    def cell(text: int, unseen: int, level: int) -> str:
        check, severity, status, *rest = known[text].split(SEPARATOR)
        return SEPARATOR.join((check, severity, "stale" if unseen else status, *rest, *UNDECIDED, levels[level]))

    return _with_cells(dimensions, rows, cell)


def _levels(
    asked: IntervalRequest, rows: _UncodedIntervals, resource: Numbers
) -> tuple[list[str], dict[int, list[PeriodSpan]]]:
    """Return the classifications of the findings' resources, and when each applied.

    Where it is the same all the time, it is written into `rows.level`.
    """
    found = asked.fetch(_RESOURCES)
    if not found:
        return [""], {}
    _, number, _, starts, ends, _, words, _ = found
    codes, levels = _encode(["", *words])
    known, code = _numbers(number), codes[1:]
    start, end = _clip(asked, _numbers(starts)), _ends(ends)
    order = np.lexsort((start, known))
    known, code, start, end = known[order], code[order], start[order], end[order]
    first, last = np.searchsorted(known, resource, "left"), np.searchsorted(known, resource, "right")
    near = np.minimum(first, len(known) - 1)
    is_one = (last - first == 1) & (start[near] <= rows.start) & (end[near] >= rows.end)
    rows.level[is_one] = code[near[is_one]]
    spans = {
        place: [(int(start[row]), int(end[row]), int(code[row])) for row in range(first[place], last[place])]
        for place in np.flatnonzero(~is_one & (last > first)).tolist()
    }
    return levels, spans


def _make_uncoded(
    asked: IntervalRequest, ids: Sequence[Sequence[int]], text: Numbers, level: Numbers, ends: Sequence[int | None]
) -> _UncodedIntervals:
    """Return the store's rows; `ids` are accounts, numbers, instants and beginnings."""
    account, number, at, start = map(_numbers, ids)
    place = np.arange(len(account))
    return _UncodedIntervals(
        place, account, number, at, _clip(asked, start), _ends(ends), text, np.zeros_like(text), level
    )


def _with_cells(
    dimensions: Sequence[str], uncoded: _UncodedIntervals, cell: Callable[[int, int, int], str]
) -> IntervalRows:
    size = np.int64(uncoded.level.max()) + 1
    keys, place = np.unique((uncoded.text * 2 + uncoded.unseen) * size + uncoded.level, return_inverse=True)
    texts = [(0, 0, 0, cell(key // size // 2, key // size % 2, key % size)) for key in keys.tolist()]
    cells = encode_rows(dimensions, texts)
    rows = EncodedRows(cells.words, cells.codes, cells.cell[place], uncoded.account, uncoded.number, uncoded.at)
    return IntervalRows(rows, uncoded.start, uncoded.end)


def _list_unseen_periods(bounds: Sequence[Sequence[int] | None]) -> dict[int, list[PeriodSpan]]:
    """Return the unreadable periods by position."""
    return {
        place: [(low, high, 1) for low, high in zip(mine[::2], mine[1::2], strict=True)]
        for place, mine in enumerate(bounds)
        if mine
    }


def _cut(start: int, end: int, plain: int, spans: Sequence[PeriodSpan]) -> Iterator[PeriodSpan]:
    """Yield a period cut into its parts inside and between the spans, in order."""
    for low, high, code in spans:
        first, last = max(start, low), min(end, high)
        if first < last:
            if start < first:
                yield start, first, plain
            yield first, last, code
            start = last
    if start < end:
        yield start, end, plain


def _clip(asked: IntervalRequest, start: Numbers) -> Numbers:
    """Return the beginnings of rows; those before the requested instant are `BEFORE`."""
    return np.where(start <= to_micros(asked.since), BEFORE, start)


def _ends(ends: Sequence[int | None]) -> Numbers:
    return _numbers([NEVER if each is None else each for each in ends])


def _numbers(values: Sequence[int]) -> Numbers:
    return np.array(values, np.int64)


def _encode(texts: Sequence[str]) -> tuple[Numbers, list[str]]:
    places: dict[str, int] = {}
    codes = np.fromiter((places.setdefault(text, len(places)) for text in texts), np.int64, len(texts))
    return codes, list(places)
