"""The one kind of table that the site has.

Columns, a default order, and where a row leads.

    class FindingTable(Table):
        row_link = ("findings:detail", {"finding_id": "finding_id"})
        severity = SeverityColumn()
        opened_at = AgeColumn(verbose_name="Age")

        class Meta(Table.Meta):
            order_by = "-severity"

Filters and the page around it are declared in `posture.web.lists`, its CSV in `posture.web.exports`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from posture.web.parameters import number
from posture.web.scoping import url_in_scope
from posture.web.table_cells import PageCell

PER_PAGE_MAX = 200


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
    is_swept_data: ClassVar[bool] = False
    """Whether it shows what sweeps find, so that an empty one says nothing before there was one."""
    frame: Any = None
    """The frame of its page, by which it knows whether there was a sweep."""
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

    def linked_rows(self) -> Iterator[tuple[list[tuple[str, Any]], str]]:
        """Yield each row's cells, with their classes, and the row's URL."""
        shown = [PageCell(self, column) for column in self.columns]
        for row in self.paginated_rows:
            yield [each.of(row.record) for each in shown], self.row_url(row.record)


class CountedPaginator(Paginator):  # type: ignore[type-arg]  # generic in its stubs alone
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
    per_page = number(request, table.prefixed_per_page_field, 0, most=PER_PAGE_MAX)
    order(table, request)
    page = number(request, table.prefixed_page_field, 1, least=1)
    rows = table.data.data
    known: dict[str, Any] = {}
    if count and isinstance(rows, QuerySet):
        known = {"paginator_class": CountedPaginator, "count": count(rows)}
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
