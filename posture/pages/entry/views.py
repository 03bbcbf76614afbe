"""The page of entry points: what the internet can call, and what guards it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.checks.expiry import RENEWAL_DAYS
from posture.history.scope import Scope
from posture.pages.entry import charts, queries
from posture.pages.entry.doors import Door, Doors
from posture.pages.entry.filters import Chosen, Tab, chosen_of, has_tab
from posture.pages.entry.guards import DoorState
from posture.pages.entry.holders import Holders
from posture.pages.entry.lists import COLUMNS, DoorList
from posture.web import parameters
from posture.web.check_parameters import list_rows
from posture.web.scoping import require_user, scope_of, url_in_scope
from posture.web.templatetags.words import day

PER_PAGE = 25
LOW_MAX = 7
"""Rows up to which the picture of doors leaves room for another below it."""


@dataclass(frozen=True, slots=True)
class TabLink:
    """A tab over the list, with the number of its doors."""

    title: str
    count: int
    url: str
    is_current: bool


def renewal_days(request: HttpRequest, scope: Scope) -> int:
    """Return how many days before its end a certificate has to be renewed."""
    (row,) = list_rows(require_user(request), scope, [RENEWAL_DAYS])
    if row.setting is None or row.is_out_of_order:
        return RENEWAL_DAYS.default
    return RENEWAL_DAYS.accept(row.setting.value)


@require_safe
def doors(request: HttpRequest) -> HttpResponse:
    """Show doors by account and kind, their guards, certificates, and a list."""
    scope = scope_of(request)
    found = queries.load_doors(scope)
    chosen = chosen_of(request)
    holders = Holders(request, scope, found)
    listed = [one for one in found.doors if chosen.has(one, scope.compare_to)]
    context = {
        "found": found,
        "heading": charts.heading(found),
        "lead": charts.lead(found),
        "tabs": _tabs(request, scope, found, chosen),
        "chosen": chosen,
        "doors_panel": charts.doors_panel(request, found, holders) if holders.accounts else None,
        "guards_panel": charts.guards_panel(found, holders) if found.doors else None,
        "is_low": holders.row_count <= LOW_MAX,
        "looks": charts.LOOK_WORDS,
        "guard_looks": charts.GUARD_LOOK_WORDS,
        "columns": [label for label, _ in COLUMNS],
        "self_renewing": sum(one.renews_itself for one in found.certificates),
        "by_hand": sum(not one.renews_itself for one in found.certificates),
        "certificates_unread": sum(one.until is None or one.is_unseen for one in found.certificates),
        "certificates_panel": charts.certificates_panel(request, found, scope.now.date(), renewal_days(request, scope)),
        **_list(request, found, holders, listed, chosen),
    }
    return render(request, "entry/doors.html", context)


def _list(
    request: HttpRequest, found: Doors, holders: Holders, listed: Sequence[Door], chosen: Chosen
) -> dict[str, Any]:
    """Return the list: all doors by unit, or pages of those that are chosen."""
    makes = DoorList(request, holders, found.certificates)
    is_whole = chosen.is_empty and not parameters.has(request, "page")
    if is_whole and len({one.key for one in holders.units.values()}) > 1:
        bands = makes.bands(listed)
        return {"bands": bands, "shown": sum(len(band.lines) for band in bands), "listed": len(listed)}
    page = Paginator(listed, PER_PAGE).get_page(parameters.number(request, "page", 1, least=1))
    return {"page": page, "lines": [makes.line(one) for one in page], "listed": len(listed)}


def _tabs(request: HttpRequest, scope: Scope, found: Doors, chosen: Chosen) -> list[TabLink]:
    """Return the tabs; those without doors are left out."""

    def counted(tab: Tab) -> int:
        return sum(has_tab(one, tab, scope.compare_to) for one in found.doors)

    def url(**query: str) -> str:
        return f"{url_in_scope(request, 'entry:doors', None, **query)}#list"

    state = DoorState.OPEN.value
    tabs = [
        TabLink("All doors", len(found.doors), url(), chosen.is_empty),
        TabLink("Let anyone in", found.by_state[DoorState.OPEN], url(state=state), chosen == Chosen(state=state)),
    ]
    titles = {
        Tab.CLASSIFIED: "Lead to classified data",
        Tab.NEW: f"New since {day(scope.compare_to)}",
        Tab.CERTIFICATE: "Certificate ends soon",
    }
    for tab, title in titles.items():
        tabs.append(TabLink(title, counted(tab), url(show=tab.value), chosen == Chosen(tab=tab.value)))
    return [one for one in tabs if one.count or one.is_current]
