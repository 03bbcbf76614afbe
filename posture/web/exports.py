"""Tables as CSV or JSON: all rows, streamed in chunks, with plain values.

An export has millions of rows: what is the same for each row of a column is found out once (`posture.web.table_cells`).
"""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from posture.web.columns import AccountColumn
from posture.web.table_cells import CellValue

if TYPE_CHECKING:
    from posture.web.tables import Table

FIRST, CHUNK = 50, 1000
"""Rows that are read and written at once: few at first, as the reader waits for them, and more later."""
FORMULA = re.compile(r"((?:^|[;\t\r\n])[\s\"]*)([=+\-@＝＋－＠]?)")  # noqa: RUF001 - wide ones work as well
"""Where a formula can begin: first in a cell, or behind what divides cells elsewhere (OWASP, "CSV Injection").

It matches without a formula as well, so that a run of line breaks is passed over once, and not once from each of them.

Where a comma is the decimal point, spreadsheets divide cells at semicolons and tabs, whatever is in quotes: the second
half of `x;=1+1` is a cell of its own there.
"""
CONTROL = ("\t", "\r", "\n")
"""What spreadsheets pass over at the beginning of a cell."""


def csv_chunks(table: Table) -> Generator[str, None, None]:
    """Yield a table as CSV: the heading, then all rows in chunks."""
    cells = _cells(table)
    yield _as_csv([[heading for heading, _, _ in cells]])
    for chunk in _chunks(table):
        yield _as_csv([escape_formula(cell(record)) for _, _, cell in cells] for record in chunk)


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a small table as CSV: its heading, then its rows; None is an empty cell."""
    return _as_csv([[escape_formula(strip_markup(cell)) for cell in row] for row in (columns, *rows)])


def json_chunks(table: Table) -> Generator[str, None, None]:
    """Yield a table as a JSON array of objects, in chunks."""
    cells = _cells(table)
    before = "["
    for chunk in _chunks(table):
        rows = ({name: cell(record) for _, name, cell in cells} for record in chunk)
        yield before + ",\n".join(json.dumps(row, default=str, ensure_ascii=False) for row in rows)
        before = ",\n"
    yield "[]" if before == "[" else "]"


def _cells(table: Table) -> list[tuple[str, str, ExportCell]]:
    """Return the columns that are exported.

    Heading, name, and what makes their values.

    An account has its state after it: a row by itself must show that no sweep asks it any more.
    """
    found = []
    for column in table.columns.iterall():
        if column.column.exclude_from_export:
            continue
        found.append((str(column.header), column.name, ExportCell(table, column)))
        if isinstance(column.column, AccountColumn):
            state = ExportCell(table, column, AccountColumn.state)
            found.append((f"{column.header} state", f"{column.name}_state", state))
    return found


def _chunks(table: Table) -> Iterator[list[Any]]:
    """Yield all rows, some at once; the table has read what they need besides."""
    records = iter(_records(table))
    for size in chain([FIRST], repeat(CHUNK)):
        if not (chunk := list(islice(records, size))):
            return
        table.prepare(chunk)
        yield chunk


class PrefetchedStream:
    """The pieces of an export, the first rows already read.

    An error in them is still answered with a page.
    """

    def __init__(self, pieces: Generator[str, None, None]) -> None:
        self._pieces = pieces
        self._first = list(islice(pieces, 2))

    def __iter__(self) -> Iterator[str]:
        yield from self._first
        yield from self._pieces

    def close(self) -> None:
        """Leave the rest, and the transaction that reads it."""
        self._pieces.close()


def _as_csv(rows: Iterable[Sequence[Any]]) -> str:
    piece = StringIO(newline="")
    csv.writer(piece).writerows(rows)
    return piece.getvalue()


def _records(table: Table) -> Iterator[Any]:
    """Yield all rows; those of the database by a server-side cursor."""
    data = table.data.data
    if not isinstance(data, QuerySet):
        yield from data
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # The reader waits for the first row, not for the last: plan by an index, not by sorting everything.
        cursor.execute("SET LOCAL cursor_tuple_fraction = 0.00001")
        yield from data.iterator(chunk_size=FIRST)


class ExportCell(CellValue):
    """A column as a plain value.

    It comes from the table's `value_<name>`, else from the column's own `value`, else from what the page shows.
    """

    def __init__(self, table: Table, bound: Any, own: Callable[..., Any] | None = None) -> None:
        own = own or getattr(table, f"value_{bound.name}", None)
        if own is None and type(bound.column).value is not tables.Column.value:
            own = bound.column.value
        super().__init__(table, bound, own or bound.render)

    def __call__(self, record: Any, default: Any = None) -> Any:
        """Return the value; None where the row has none."""
        return strip_markup(super().__call__(record, default))


def strip_markup(value: Any) -> Any:
    """Return the words of what was made for a page, without its markup.

    Any other value as it is.
    """
    return html.unescape(strip_tags(value)).strip() if isinstance(value, SafeString) else value


def escape_formula(value: Any) -> Any:
    """Put an apostrophe where a spreadsheet would start a formula."""
    if not isinstance(value, str):
        return value
    found = FORMULA.sub(lambda match: f"{match[1]}'{match[2]}" if match[2] else match[1], value)
    return f"'{found}" if found.startswith(CONTROL) else found


FORMATS: Mapping[str, tuple[str, Callable[[Table], Generator[str, None, None]]]] = {
    "csv": ("text/csv; charset=utf-8", csv_chunks),
    "json": ("application/json", json_chunks),
}
"""What `?export=` may ask for: the content type, and what writes it."""
