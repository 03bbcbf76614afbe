"""Filters and tables over encoded rows, which need no database.

Rows are counted, narrowed and ordered in memory.

A page reads from the database the rows that it shows, and no others, however many there are. A filter is declared once,
as a condition, from which the SQL of exports is made as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import QuerySet
from django_tables2.data import TableData
from django_tables2.utils import OrderBy
from numpy.typing import NDArray

from posture.history.query import EncodedRows, FilteredRows, Mask, of_accounts, rank_values, select_top
from posture.history.scope import Scope
from posture.web.conditions import Dimension, HasWord, OfAccounts, RowCondition
from posture.web.filters import FACET_CHOICES_MAX, Facet, FilterSet, Search
from posture.web.scoping import cache_for_page, scope_of

Counted = list[tuple[str, str, int]]
Key = Callable[[EncodedRows], NDArray[Any]]
"""Makes for each row a number by which rows are ordered."""
SORTED_BY_DATABASE_MAX_ROWS = 10_000
"""Rows that the database is asked for by number, to order them by what is not at hand."""


class CellFacet(Facet):
    """Rows with one of the chosen words in a dimension, as `condition` defines."""

    def __init__(self, *, dimension: Dimension | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._dimension = dimension

    @property
    def dimension(self) -> Dimension:
        """The dimension of its words; raises TypeError for a facet that has none."""
        if self._dimension is None:
            raise TypeError(f"The facet {self.label} has no dimension.")
        return self._dimension

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on rows; None where all are meant."""
        return HasWord(self.dimension, value) if value else None

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Narrow records by the condition."""
        condition = self.condition(value or ())
        return qs if condition is None else qs.filter(condition.sql())

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return value, words and number of rows of each choice, most frequent first."""
        return self.most(narrowed.by(self.dimension.name, name))

    def most(self, counts: Mapping[str, int]) -> Counted:
        """Return the most frequent words of all, each with what people read for it."""
        ordered = sorted(counts, key=lambda word: (-counts[word], word))
        return [(word, self.words(word), counts[word]) for word in ordered[:FACET_CHOICES_MAX]]


class WithinFacet(CellFacet):
    """Rows of some of the accounts."""

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on rows; None where all are meant."""
        accounts = scope_of(self.parent.request).accounts if value else ()
        return OfAccounts([one.pk for one in accounts if one.account_id in value]) if value else None

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return the accounts with the most rows."""
        by_pk = scope_of(self.parent.request).by_pk
        found = [(by_pk[pk].account_id, by_pk[pk].name, count) for pk, count in narrowed.by_account(name).items()]
        return sorted(found, key=lambda one: (-one[2], one[0]))[:FACET_CHOICES_MAX]

    def names(self, rows: QuerySet[Any], values: Sequence[str]) -> dict[str, str]:
        """Return the names of accounts, whatever else is filtered."""
        wanted = set(values)
        accounts = scope_of(self.parent.request).accounts if wanted else ()
        return {one.account_id: one.name for one in accounts if one.account_id in wanted}


class CellFilterSet(FilterSet):
    """Filters of which every facet is a `CellFacet`; searches query the database."""

    number = "resource_id"
    """The column that the rows are numbered by."""

    def rows(self) -> EncodedRows:
        """Return all rows of the scope."""
        raise NotImplementedError

    @cached_property
    def narrowed(self) -> FilteredRows:
        """The rows under all filters."""
        rows = self.rows()
        of_cells: dict[str, Mask] = {}
        of_rows: dict[str, Mask] = {}
        self.is_valid()
        for name, value in self.form.cleaned_data.items():
            one = self.filters[name]
            cells, each = None, None
            if not isinstance(one, CellFacet):
                each = self._searched(rows, one, value)
            elif condition := one.condition(value):
                cells, each = condition.mask_cells(rows), condition.mask_rows(rows)
            of_cells |= {} if cells is None else {name: cells}
            of_rows |= {} if each is None else {name: each}
        return FilteredRows(rows, of_cells, of_rows)

    @cached_property
    def found(self) -> EncodedRows:
        """The rows that all filters leave."""
        return self.narrowed.left()

    def _searched(self, rows: EncodedRows, search: Search, value: str) -> Mask | None:
        if not (value or "").split():
            return None
        found = search.numbers(self.queryset.order_by(), value, self.number)
        return np.isin(rows.number, found if isinstance(found, np.ndarray) else np.fromiter(found, np.int64))

    def counted(self, facets: Mapping[str, Facet]) -> dict[str, Counted]:
        """Return value, words and number of rows of each choice of each facet."""
        return {name: one.counted_in(self.narrowed, name) for name, one in facets.items() if isinstance(one, CellFacet)}


class CellData(TableData):  # type: ignore[misc]  # the library has no types
    """The rows of a table, found and ordered by their cells; a page of them is read when it is looked at.

    `keys` makes for each accessor that rows can be ordered by at hand a number for each row. By any other the
    database orders them.
    """

    def __init__(self, filters: CellFilterSet, rows: QuerySet[Any], keys: Mapping[str, Key]) -> None:
        super().__init__(None)
        self.filters, self.queryset, self.keys = filters, rows, keys
        self.accessors: list[str] = []

    def __len__(self) -> int:
        return cache_for_page(self.filters.request, "number", lambda: int(self.filters.narrowed.counts().sum()))

    def order_by(self, aliases: Sequence[str]) -> None:
        """Order by columns, descending with a "-" before; without any, keep the order."""
        self.accessors = [] if aliases else self.accessors
        for alias in aliases:
            column = self.table.columns[OrderBy(alias).bare]
            turned = alias[0] != column.order_by_alias[0]
            order = column.order_by.opposite if turned else column.order_by
            self.accessors += [str(each.for_queryset()) for each in order]

    def keep_from_sorting(self, name: str) -> None:
        """Disable ordering by a column where there are too many rows.

        Its values are not in the encoded rows, so the database would have to sort all.
        """
        if len(self) > SORTED_BY_DATABASE_MAX_ROWS:
            self.table.columns[name].column.orderable = False

    def __getitem__(self, key: slice) -> Page:
        return Page(lambda: self._read(key.start or 0, len(self) if key.stop is None else key.stop))

    def __iter__(self) -> Any:
        return iter(self[:])

    def _read(self, first: int, last: int) -> list[Any]:
        if not len(self):
            return []
        if all(each.removeprefix("-") in self.keys for each in self.accessors):
            name = f"found:{','.join(self.accessors)}:{first}:{last}"
            return self._read_rows(cache_for_page(self.filters.request, name, lambda: self._found(first, last)))
        few = self.queryset
        if len(self) <= SORTED_BY_DATABASE_MAX_ROWS and cache_for_page(self.filters.request, "narrow", self._is_narrow):
            few = self.filters.queryset.filter(**{f"{self.filters.number}__among": self.filters.found.number.tolist()})
        return list(few.order_by(*self.accessors, self.filters.number)[first:last])

    def row_numbers(self, first: int, last: int) -> list[int]:
        """Return the numbers of the rows `first` to `last`, in the order of the table."""
        if all(each.removeprefix("-") in self.keys for each in self.accessors):
            return [number for number, _ in self._found(first, last)]
        return [getattr(each, self.filters.number) for each in self._read(first, last)]

    def _is_narrow(self) -> bool:
        """Return whether the filters leave less than half of the rows.

        With more, scanning an index in order finds a page soon.
        """
        return 2 * len(self) < len(self.filters.narrowed.rows)

    def _found(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return number and account of the rows from a place up to another."""
        rows, before = self._around(first, min(last, len(self)))
        order = [self._key(each)(rows) * _sign(each) for each in self.accessors]
        page = rows.select(select_top(order or [rows.number], first - before, last - before))
        return list(zip(page.number.tolist(), page.account.tolist(), strict=True))

    def _around(self, first: int, last: int) -> tuple[EncodedRows, int]:
        """Return unordered rows that include a page, and how many rows precede them.

        Where the first sort key is a word, the cells give the count of rows per word. Rows with other words than the
        page's are skipped, so that a page deep in the list costs what the first does.
        """
        key = self._key(self.accessors[0]) if self.accessors else None
        if not isinstance(key, WordKey):
            return self.filters.found, 0
        narrowed = self.filters.narrowed
        known, place = np.unique(key.of_cells(narrowed.rows) * _sign(self.accessors[0]), return_inverse=True)
        ends = np.bincount(place, narrowed.counts(), len(known)).cumsum()
        lowest, highest = np.searchsorted(ends, (first, last - 1), side="right")
        fits = (place >= lowest) & (place <= highest)
        return narrowed.left(also=fits), int(ends[lowest - 1]) if lowest else 0

    def _key(self, accessor: str) -> Key:
        return self.keys[accessor.removeprefix("-")]

    def _read_rows(self, found: Sequence[tuple[int, int]]) -> list[Any]:
        """Read rows by their numbers, and leave them in that order."""
        name = self.filters.number
        mine = of_accounts(self.filters.queryset, {account_pk for _, account_pk in found})
        rows = mine.order_by().filter(**{f"{name}__in": [number for number, _ in found]})
        by_number = {getattr(one, name): one for one in rows}
        return [by_number[number] for number, _ in found if number in by_number]


class Page:
    """Some rows of a table, read once they are looked at."""

    def __init__(self, read: Callable[[], list[Any]]) -> None:
        self._make = read

    @cached_property
    def _rows(self) -> list[Any]:
        return self._make()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Any:
        return iter(self._rows)

    def __getitem__(self, key: Any) -> Any:
        return self._rows[key]


def _sign(accessor: str) -> int:
    return -1 if accessor[0] == "-" else 1


@dataclass(frozen=True, slots=True)
class WordKey:
    """A sort key: rows by their words in a dimension, or by the `rank` of these."""

    dimension: str
    rank: Callable[[str], Any] = str

    def of_cells(self, rows: EncodedRows) -> NDArray[Any]:
        """Return the number of each cell."""
        return rank_values([self.rank(word) for word in rows.words[self.dimension]])[rows.codes[self.dimension]]

    def __call__(self, rows: EncodedRows) -> NDArray[Any]:
        """Return the number of each row."""
        return self.of_cells(rows)[rows.cell]


def account_key(scope: Scope) -> Key:
    """Return what numbers rows in the order of their accounts' names."""

    def numbered(rows: EncodedRows) -> NDArray[Any]:
        known, place = np.unique(rows.account, return_inverse=True)
        return rank_values([scope.by_pk[pk].name for pk in known.tolist()])[place]

    return numbered
