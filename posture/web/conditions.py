"""Conditions on rows, declared once and applied both as SQL and to encoded rows.

Pages count and narrow encoded rows; exports and searches ask the database. Both must find the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from posture.history.query import EncodedRows, Mask
from posture.web.parameters import integers

INTEGER_MAX = 2**31 - 1
"""The largest number that a column of numbers holds."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension of encoded rows, with the SQL condition for some of its words."""

    name: str
    sql: Callable[[Collection[str]], Q]


def text_dimension(name: str, column: str) -> Dimension:
    """Return a dimension whose words are a column's texts."""
    return Dimension(name, lambda words: Q(**{f"{column}__in": list(words)}))


def number_dimension(name: str, column: str) -> Dimension:
    """Return a dimension whose words are a column's numbers; other words match no row."""
    return Dimension(name, lambda words: Q(**{f"{column}__in": integers(list(words), most=INTEGER_MAX)}))


def case_dimension(name: str, cases: Mapping[tuple[str, ...], Q]) -> Dimension:
    """Return a dimension with a condition for each word or group of words.

    The first that fit are taken.
    """

    def sql(words: Collection[str]) -> Q:
        left, found = set(words), Q(pk__in=[])
        for together, condition in cases.items():
            if left.issuperset(together):
                found |= condition
                left -= set(together)
        return found

    return Dimension(name, sql)


class RowCondition(ABC):
    """A condition on rows.

    What words decide is applied to cells, of which there are far fewer than rows.
    """

    @abstractmethod
    def sql(self) -> Q:
        """Return it for the database."""

    def mask_cells(self, rows: EncodedRows) -> Mask | None:
        """Return a mask over cells; None where words do not decide."""
        return None

    def mask_rows(self, rows: EncodedRows) -> Mask | None:
        """Return a mask over rows; None where words decide."""
        return None


@dataclass(frozen=True, slots=True)
class HasWord(RowCondition):
    """Rows with one of some words in a dimension; with `negated`, with none of them."""

    dimension: Dimension
    words: Collection[str]
    negated: bool = False

    def sql(self) -> Q:
        """Return it for the database."""
        found = self.dimension.sql(self.words)
        return ~found if self.negated else found

    def mask_cells(self, rows: EncodedRows) -> Mask | None:
        """Return a mask over cells."""
        found = rows.having(self.dimension.name, set(self.words))
        return ~found if self.negated else found


@dataclass(frozen=True, slots=True)
class OfAccounts(RowCondition):
    """Rows of some accounts, by primary key."""

    account_pks: Collection[int]

    def sql(self) -> Q:
        """Return it for the database."""
        return Q(account_id__in=list(self.account_pks))

    def mask_rows(self, rows: EncodedRows) -> Mask | None:
        """Return a mask over rows."""
        return rows.of_accounts(self.account_pks)


@dataclass(frozen=True, slots=True)
class HasNumber(RowCondition):
    """Rows with one of some numbers, which a column holds."""

    column: str
    numbers: Collection[int]

    def sql(self) -> Q:
        """Return it for the database."""
        return Q(**{f"{self.column}__in": list(self.numbers)})

    def mask_rows(self, rows: EncodedRows) -> Mask | None:
        """Return a mask over rows."""
        found: Mask = np.isin(rows.number, sorted(self.numbers))
        return found


@dataclass(frozen=True, slots=True)
class AnyOf(RowCondition):
    """Rows that meet at least one of several conditions that are not decided by words."""

    conditions: Sequence[RowCondition]

    def sql(self) -> Q:
        """Return it for the database."""
        found = Q(pk__in=[])
        for one in self.conditions:
            found |= one.sql()
        return found

    def mask_rows(self, rows: EncodedRows) -> Mask | None:
        """Return a mask over rows."""
        found = np.zeros(len(rows), np.bool_)
        for one in self.conditions:
            mask = one.mask_rows(rows)
            if mask is None:
                raise TypeError(f"{one} is decided by words: it masks cells, and not rows.")
            found |= mask
        return found
