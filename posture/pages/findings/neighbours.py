"""The previous and next finding in the list from which a finding was opened.

The link of a row carries the list's query and the row's position in it, so that no more than three rows are looked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from posture.history import query as history
from posture.pages.findings.filters import FindingFilters
from posture.pages.findings.tables import FindingTable, keys
from posture.web import parameters
from posture.web.column_filters import CellData
from posture.web.scoping import request_for_page, scope_of, url_in_scope
from posture.web.tables import order

LISTED = "list"
PLACE = "place"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A finding's position in its list, with links; empty at either end."""

    position: int
    number: int
    before: str
    after: str
    list_url: str


def neighbours(request: HttpRequest, finding_id: int) -> Neighbours | None:
    """Return a finding's neighbours in the list that the URL names.

    None where the finding is no longer in that position.
    """
    query, position = parameters.text(request, LISTED), parameters.number(request, PLACE, 0)
    if not position:
        return None
    data = _data(request, query)
    first = max(position - 2, 0)
    found = data.row_numbers(first, min(position + 1, len(data))) if position <= len(data) else []
    here = position - 1 - first
    if here >= len(found) or found[here] != finding_id:
        return None
    list_url = url_in_scope(request, "findings:list")
    return Neighbours(
        position,
        len(data),
        detail_url(request, found[here - 1], query, position - 1) if here else "",
        detail_url(request, found[here + 1], query, position + 1) if here + 1 < len(found) else "",
        f"{list_url}{'&' if '?' in list_url else '?'}{query}"
        if query
        else url_in_scope(request, "findings:list", None, view="all", group="none"),
    )


def position_of(request: HttpRequest) -> dict[str, object]:
    """Return the URL's parameters for a finding's position in its list, if any."""
    position = parameters.number(request, PLACE, 0)
    return {LISTED: parameters.text(request, LISTED) or None, PLACE: position} if position else {}


def detail_url(request: HttpRequest, finding_id: int, query: str, position: int) -> str:
    """Return a finding's page that knows the list it was opened from."""
    return url_in_scope(
        request, "findings:detail", {"finding_id": finding_id}, **{LISTED: query or None, PLACE: position}
    )


def _data(request: HttpRequest, query: str) -> CellData:
    there = request_for_page(request, "findings:list", query)
    scope = scope_of(request)
    filters = FindingFilters(there.GET, queryset=history.findings(scope), request=there)
    data = CellData(filters, filters.qs, keys(scope))
    order(FindingTable(data), there)
    return data
