"""A table as CSV: all of its rows, read and written piece by piece, with plain values and no formulas.

A page asks django-tables2 for the columns and the cells of fifty rows. An export has millions, so that what is the
same for each row of a column is found out once: what gives its value, and which arguments that takes.
"""

from __future__ import annotations

import csv
import html
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django_tables2.utils import signature

if TYPE_CHECKING:
    from posture.web.tables import Table

FIRST, CHUNK = 50, 1000
"""Rows that are read and written at once: few at first, as the reader waits for them, and more later."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - wide ones work as well
"""What spreadsheets take for the beginning of a formula, or pass over before one (OWASP, "CSV Injection")."""
NOT_THERE = (AttributeError, KeyError, IndexError, TypeError, ValueError)
"""What looking for a column's value raises where a row has none."""


def csv_pieces(table: Table) -> Iterator[str]:
    """Yield a table as CSV, its heading first and then some rows at once, all pages, without holding them in memory."""
    columns = [column for column in table.columns.iterall() if not column.column.exclude_from_export]
    yield _written([[str(column.header) for column in columns]])
    cells = [Cell(table, column) for column in columns]
    records = iter(_records(table))
    for size in chain([FIRST], repeat(CHUNK)):
        if not (chunk := list(islice(records, size))):
            return
        table.prepare(chunk)
        yield _written([harmless(cell(record)) for cell in cells] for record in chunk)


def _written(rows: Iterable[Sequence[Any]]) -> str:
    piece = StringIO(newline="")
    csv.writer(piece).writerows(rows)
    return piece.getvalue()


def _records(table: Table) -> Iterator[Any]:
    """Yield all rows; those of the database by a cursor, which a transaction keeps from being filled beforehand."""
    data = table.data.data
    if not isinstance(data, QuerySet):
        yield from data
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # The reader waits for the first row, not for the last: plan by an index, not by sorting everything.
        cursor.execute("SET LOCAL cursor_tuple_fraction = 0.00001")
        yield from data.iterator(chunk_size=FIRST)


class Cell:
    """What a column of a table holds in a row, as a plain value.

    It comes from the table's `value_<name>`, else from the column's own `value`, else from what the page shows.
    """

    def __init__(self, table: Table, bound: Any) -> None:
        self.column, self.accessor, self.table = bound.column, tables.A(bound.accessor), table
        self.make = _source(table, bound)
        wanted, takes_all = signature(self.make)
        fixed = {"column": bound.column, "bound_column": bound, "table": table}
        self.fixed = {name: each for name, each in fixed.items() if takes_all or name in wanted}
        self.takes = {name: takes_all or name in wanted for name in ("value", "record")}
        self.found: Callable[[Any], Any] | None = None

    def __call__(self, record: Any) -> Any:
        """Return the value; None where the row has none."""
        if self.found is None:
            self.found = _getter(self.accessor, record)
        try:
            value = self.found(record)
        except NOT_THERE:
            value = None
        if value in self.column.empty_values:
            return None
        given = dict(self.fixed)
        if self.takes["value"]:
            given["value"] = value
        if self.takes["record"]:
            given["record"] = record
        return plain(self.make(**given))


def _source(table: Table, bound: Any) -> Callable[..., Any]:
    own = getattr(table, f"value_{bound.name}", None)
    if own is None and type(bound.column).value is not tables.Column.value:
        own = bound.column.value
    found: Callable[..., Any] = own or bound.render
    return found


def _getter(accessor: tables.A, record: Any) -> Callable[[Any], Any]:
    """Return what finds the value of a row like this one: in words, where it is a choice."""
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


def plain(value: Any) -> Any:
    """Return the words of what was made for a page, without its markup; any other value as it is."""
    return html.unescape(strip_tags(value)).strip() if isinstance(value, SafeString) else value


def harmless(value: Any) -> Any:
    """Keep a spreadsheet from taking text that AWS supplied for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
