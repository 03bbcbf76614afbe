"""What a column of a table holds in a row.

What is the same for each row of it is found out once.

django-tables2 finds out again for each cell what its column is called, which arguments its `render` takes, and of which
classes it is: half of what a page of fifty rows took, and far more of an export's millions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django_tables2.utils import signature

NOT_THERE = (AttributeError, KeyError, IndexError, TypeError, ValueError)
"""What looking for a column's value raises where a row has none."""


class CellValue:
    """The value of a column in each row, made by `make` of django-tables2's arguments."""

    def __init__(self, table: tables.Table, bound: Any, make: Callable[..., Any]) -> None:
        self.column, self.accessor, self.make = bound.column, tables.A(bound.accessor), make
        wanted, takes_all = signature(make)
        fixed = {"column": bound.column, "bound_column": bound, "table": table}
        self.fixed = {name: each for name, each in fixed.items() if takes_all or name in wanted}
        self.takes = {name: takes_all or name in wanted for name in ("value", "record")}
        self.found: Callable[[Any], Any] | None = None

    def __call__(self, record: Any, default: Any = None) -> Any:
        """Return what is made of a row, `default` where the row has nothing."""
        if self.found is None:
            self.found = _getter(self.accessor, record)
        try:
            value = self.found(record)
        except NOT_THERE:
            value = None
        if value in self.column.empty_values:
            return default
        given = dict(self.fixed)
        if self.takes["value"]:
            given["value"] = value
        if self.takes["record"]:
            given["record"] = record
        return self.make(**given)


class PageCell(CellValue):
    """A column as a page shows it."""

    def __init__(self, table: tables.Table, bound: Any) -> None:
        super().__init__(table, bound, bound.render)
        self.default = bound.default
        self.classes: str = bound.attrs["td"].get("class") or ""

    def of(self, record: Any) -> tuple[str, Any]:
        """Return the cell of a row: its classes, and what is in it."""
        return self.classes, self(record, self.default)


def _getter(accessor: tables.A, record: Any) -> Callable[[Any], Any]:
    """Return what finds the value of a row like this one.

    In words, where it is a choice.
    """
    owner, last = accessor.penultimate(record)
    if isinstance(owner, Model):
        try:
            has_choices = bool(getattr(accessor.get_field(record), "choices", None))
        except FieldDoesNotExist:
            has_choices = False
        if has_choices and hasattr(owner, f"get_{last}_display"):
            return lambda row: getattr(accessor.penultimate(row)[0], f"get_{last}_display")()
    resolve: Callable[[Any], Any] = accessor.resolve
    return resolve if isinstance(record, Mapping) else lambda row: _attribute(row, accessor.bits)


def _attribute(row: Any, names: Sequence[str]) -> Any:
    """Return an attribute of an attribute of a row; what is a method is called."""
    for name in names:
        row = getattr(row, name)
        if row is None:
            break
        row = row() if callable(row) else row
    return row
