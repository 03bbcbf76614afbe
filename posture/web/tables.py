"""The one kind of table that the site has: columns, a default order, and where a row leads.

    class FindingTable(Table):
        row_link = ("findings:detail", {"finding_id": "finding_id"})
        severity = SeverityColumn()
        opened_at = AgeColumn(verbose_name="Age")

        class Meta(Table.Meta):
            order_by = "-severity"

Filters and the page around it are declared in `posture.web.lists`. Exports are what is on screen, filtered.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django_tables2.rows import BoundRow

from posture.web.scoping import url_in_scope

MOST_PER_PAGE = 200
CHUNK = 1000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - wide ones work as well
"""What spreadsheets take for the beginning of a formula, or pass over before one (OWASP, "CSV Injection")."""


class Table(tables.Table):
    """A table whose first cell links to the row's page, in the scope of the request."""

    row_link: ClassVar[tuple[str, dict[str, str]] | None] = None
    """A page and its arguments, each the name of an attribute of the record."""

    class Meta:
        attrs: ClassVar = {"class": "table pl-table"}
        per_page = 50
        empty_text = "Nothing here."

    caption: ClassVar[str] = "Table"
    """What the table is, for those who listen."""
    htmx_part: str = ""
    """The id of the part of the page that ordering replaces; the whole page where empty."""

    def prepare(self, records: Sequence[Any]) -> None:
        """Read what these rows need besides, at once; called for each chunk of an export."""

    def page_numbers(self) -> list[int | str]:
        """Return the pages to link to, with an ellipsis where some are left out."""
        return list(self.paginator.get_elided_page_range(self.page.number, on_each_side=2, on_ends=1))

    def row_url(self, record: Any) -> str:
        """Return where a row leads, empty where it leads nowhere."""
        if self.row_link is None:
            return ""
        page, arguments = self.row_link
        kwargs = {name: tables.A(path).resolve(record) for name, path in arguments.items()}
        return url_in_scope(self.request, page, kwargs)

    def linked_rows(self) -> Iterator[tuple[BoundRow, str]]:
        """Yield the page's rows, each with where it leads."""
        for row in self.paginated_rows:
            yield row, self.row_url(row.record)


class Counted(Paginator):  # type: ignore[type-arg]  # generic in its stubs alone
    """Pages of rows of which it is known how many there are."""

    def __init__(self, rows: Any, per_page: int, *, count: int, **options: Any) -> None:
        super().__init__(rows, per_page, **options)
        self.count = count


def configure(
    table: Table,
    request: HttpRequest,
    count: Callable[[QuerySet[Any]], int] | None = None,
    placed: Callable[[QuerySet[Any], int], Any] | None = None,
) -> Table:
    """Order and paginate a table as the URL asks, within bounds.

    `count` counts its rows in a way of its own, and `placed` gives them as something that is quick to slice.
    """
    asked = request.GET.get(table.prefixed_per_page_field, "")
    per_page = min(int(asked), MOST_PER_PAGE) if asked.isdecimal() and len(asked) < 6 else None  # noqa: PLR2004
    order(table, request)
    page = request.GET.get(table.prefixed_page_field, "1")
    rows = table.data.data
    known: dict[str, Any] = {}
    if count and isinstance(rows, QuerySet):
        known = {"paginator_class": Counted, "count": count(rows)}
        if placed:
            table.data.data = placed(rows, known["count"])
    table.paginate(per_page=per_page or None, page=1, **known)
    table.page = table.paginator.get_page(page)
    return table


def order(table: Table, request: HttpRequest) -> Table:
    """Order a table as the URL asks; all of its rows are on one page."""
    table.request = request
    tables.RequestConfig(request, paginate=False).configure(table)
    return table


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def csv_lines(table: Table) -> Iterator[str]:
    """Yield a table's rows as CSV, all pages, without holding them in memory."""
    writer = csv.writer(Echo())
    columns = [column for column in table.columns.iterall() if not column.column.exclude_from_export]
    yield writer.writerow([str(column.header) for column in columns])
    records = iter(_records(table))
    while chunk := list(islice(records, CHUNK)):
        table.prepare(chunk)
        for record in chunk:
            row = BoundRow(record, table=table)
            yield writer.writerow([_harmless(row.get_cell_value(column.name)) for column in columns])


def _records(table: Table) -> Iterator[Any]:
    """Yield all rows; those of the database by a cursor, which a transaction keeps from being filled beforehand."""
    data = table.data.data
    if not isinstance(data, QuerySet):
        yield from data
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # The reader waits for the first row, not for the last: plan by an index, not by sorting everything.
        cursor.execute("SET LOCAL cursor_tuple_fraction = 0.00001")
        yield from data.iterator(chunk_size=CHUNK)


def _harmless(value: Any) -> Any:
    """Keep a spreadsheet from taking text that AWS supplied for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
