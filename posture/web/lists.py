"""A page that is a table with filters.

Four declarative lines and where its rows come from.

    class RackList(TablePage):
        heading, noun = "Outposts", "rack"
        table, filters = RackTable, RackFilters

        def rows(self) -> QuerySet[ResourceRecord]:
            return queries.racks(self.scope)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify

from posture.observability import security
from posture.web import parameters
from posture.web.exports import FORMATS, PrefetchedStream
from posture.web.filters import FilterSet
from posture.web.keyset import CachedPositions, KeysetRows
from posture.web.pages import ScopedView
from posture.web.picture_files import is_requested
from posture.web.scoping import cache_for_page, page_cache_key
from posture.web.tables import Table, configure, order

PART = "pl-list"
"""The id of the part of the page that filtering, ordering and paging replace."""


class TablePage(ScopedView):
    """A filtered, ordered, paginated, exportable table in the request's scope."""

    heading: ClassVar[str] = ""
    lead: ClassVar[str] = ""
    """One sentence under the heading."""
    noun: ClassVar[str] = "row"
    """What a row is, in the singular, or as "policy,policies"."""
    table: ClassVar[type[Table]]
    filters: ClassVar[type[FilterSet] | None] = None
    template_name: ClassVar[str] = "web/list.html"
    """A template that extends web/list.html, where a page has more to say."""
    part_template_name: ClassVar[str] = "web/list_part.html"
    """What htmx is answered; one that includes web/list_part.html may add parts of the page out of band."""

    newest: Sequence[str] = ()
    """Unique fields by which the rows are ordered, descending; an index begins with them."""

    identity: Sequence[object] = ()
    """What `newest` rows depend on besides the scope, the path and the parameters."""

    applied_filters: FilterSet | None = None
    """The filters as the request sets them."""

    @property
    def export(self) -> str:
        """The format that is asked for instead of the page; empty for the page."""
        return parameters.text(self.request, "export")

    @property
    def export_name(self) -> str:
        """What the exported file is called, without date and suffix."""
        return self.heading

    def rows(self) -> QuerySet[Any] | Sequence[Any]:
        """Return what the table shows before it is filtered."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """Return what the page's own template needs besides the table."""
        return {}

    @property
    def hidden_parameters(self) -> list[tuple[str, str]]:
        """Parameters besides scope, filters and order that the filter form keeps."""
        return []

    def make_table(self, rows: Any) -> Table:
        """Return the table over the filtered rows."""
        return self.table(rows)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the page, the part of it that changed, or the table as a file."""
        if self.export and self.export not in FORMATS:
            return _refuse_export(f"An export is {' or '.join(f'?export={one}' for one in FORMATS)}.")
        rows = self.rows()
        filters = self.filters(request.GET, queryset=rows, request=request) if self.filters else None
        self.applied_filters = filters
        table = self.make_table(filters.qs if filters else rows)
        if self.export:
            return self._export(order(table, request))
        table = configure(table, request, self._count, self._placed)
        table.htmx_part = PART
        context = {"view": self, "table": table, "filters": filters, "part": PART, **self.context()}
        return self._page(request, context)

    def _count(self, rows: QuerySet[Any]) -> int:
        return cache_for_page(self.request, "count", rows.order_by().count)

    def _placed(self, rows: QuerySet[Any], count: int) -> QuerySet[Any] | KeysetRows:
        """Return rows with keyset pagination, if they are in the order of `newest`."""
        if not self.newest or parameters.has(self.request, "sort"):
            return rows
        places = CachedPositions(*page_cache_key(self.request), *self.identity)
        return KeysetRows(
            rows, self.newest, count, places, lambda: cache_for_page(self.request, "landmarks", self.landmarks)
        )

    def landmarks(self) -> Mapping[int, tuple[Any, ...]]:
        """Return keys of rows at known positions of a list in the order of `newest`."""
        return {}

    def _page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        details = getattr(request, "htmx", None)
        if details and details.target == PART and not details.history_restore_request:
            return render(request, self.part_template_name, context)
        return render(request, self.template_name, context)

    def _export(self, table: Table) -> StreamingHttpResponse:
        content_type, pieces = FORMATS[self.export]
        name = f"{slugify(self.export_name) or 'table'}-{timezone.now():%Y-%m-%d}.{self.export}"
        security.record("exported", self.request, target=self.request.get_full_path())
        response = StreamingHttpResponse(PrefetchedStream(pieces(table)), content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class RefuseExports:
    """Middleware that answers `?export=` with 400 on pages that have no export."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on: what is refused is known once the view is."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *_: Any) -> HttpResponse | None:
        """Refuse an export that the view does not have."""
        has_export = issubclass(getattr(view, "view_class", object), TablePage)
        if has_export or is_requested(request) or not parameters.is_on(request, "export"):
            return None
        lists = "findings, inventory, accounts, account-regions, controls, changes, sweeps"
        return _refuse_export(f"This page has no export. Lists have: {lists}. Pictures have ?picture=…&export=png.")


def _refuse_export(sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=400, content_type="text/plain; charset=utf-8")
