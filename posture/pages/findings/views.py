"""The list of findings: by fix, or one by one."""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import owners_of
from posture.checks import all_checks
from posture.history import query
from posture.history.query import FindingRecord
from posture.history.scope import Scope
from posture.pages.findings import charts, fixes, headline, queries, saved_views, sort_options
from posture.pages.findings import undo as undo_views
from posture.pages.findings.filters import FindingFilters
from posture.pages.findings.models import SavedView
from posture.pages.findings.names import display_name, in_sentence, type_plural
from posture.pages.findings.neighbours import detail_url
from posture.pages.findings.tables import CHOOSABLE, CheckTable, FindingTable, keys
from posture.web import parameters
from posture.web.column_filters import CellData
from posture.web.lists import TablePage
from posture.web.scoping import (
    cache_for_page,
    has_only_scope,
    here_with,
    request_for_page,
    requested_scope,
    require_user,
    scope_of,
    url_in_scope,
)
from posture.web.tables import Table, order


class FindingList(TablePage):
    """The findings of a scope: by fix, or one by one (`?group=none`, one check)."""

    heading = "Findings"
    noun = "finding"
    table, filters = FindingTable, FindingFilters
    template_name, part_template_name = "findings/list.html", "findings/list_part.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the list, or lead to the person's default view where nothing is asked for."""
        default = self.default if has_only_scope(request) else None
        if default is not None:
            return redirect(saved_views.open_url(request, default))
        return super().get(request, *args, **kwargs)

    @cached_property
    def default(self) -> SavedView | None:
        """The view with which the person's list opens."""
        return saved_views.default_of(require_user(self.request), requested_scope(self.request).organization)

    @property
    def is_grouped(self) -> bool:
        """Return True where a row is a fix."""
        single = len(parameters.texts(self.request, "check")) == 1
        return self.grouping == "check" or not (self.grouping == "none" or single)

    @property
    def export_name(self) -> str:
        """Return the name of the exported file, by what its rows are."""
        return "findings by check" if self.is_grouped else "findings"

    @property
    def grouping(self) -> str:
        """Return how the URL groups the findings; empty where it leaves that to the page."""
        return parameters.choice(self.request, "group", ("check", "none"))

    @property
    def hidden_parameters(self) -> list[tuple[str, str]]:
        """Keep grouping, view and columns."""
        return [*parameters.pairs(self.request, ("group", "column")), ("view", self.view_key)]

    @property
    def view_key(self) -> str:
        """Return the saved view that the URL names, or the value that means none."""
        return parameters.text(self.request, "view") or saved_views.ALL

    def rows(self) -> QuerySet[FindingRecord]:
        return query.findings(self.scope)

    def make_table(self, rows: Any) -> Table:
        narrowing = cast("FindingFilters", self.applied_filters)
        if self.is_grouped:
            found = cache_for_page(self.request, "fixes", lambda: fixes.group(narrowing.found, self.scope))
            return CheckTable(fixes.with_points(found, self.scope))
        data = rows if self.export else CellData(narrowing, rows, keys(self.scope))
        made = FindingTable(data, exclude=() if self.may_decide else ("select",))
        if isinstance(data, CellData):
            data.keep_from_sorting("resource_name")
            made.listed = saved_views.query_here(self.request)
            made.choose_columns(parameters.texts(self.request, "column"))
        made.owners = {pk: names for pk, names in owners_of(self.scope.accounts).items() if names}
        return made

    @property
    def may_decide(self) -> bool:
        """Return True where the person decides on findings at all, and not in the past."""
        user = require_user(self.request)
        return self.scope.as_of is None and (user.is_admin or not user.sees_everything)

    def context(self) -> dict[str, Any]:
        self.noun = "fix,fixes" if self.is_grouped else "finding"  # type: ignore[misc]  # of this request
        narrowing = cast("FindingFilters", self.applied_filters)
        single = parameters.texts(self.request, "check")
        found = headline.totals(self.request, self.scope, narrowing)
        return {
            "about": all_checks().get(single[0]) if len(single) == 1 else None,
            "headline": headline.title(self.request, found),
            "asides": headline.asides(self.request, self.scope, found),
            "totals": found,
            "pictures": charts.pictures(self.request, narrowing),
            "orders": sort_options.orders(self.request, is_grouped=self.is_grouped),
            "choosable": CHOOSABLE,
            "shown_columns": self._shown_columns(),
            "clear_url": here_with(self.request, view=self.view_key, **dict.fromkeys(narrowing.filters, "")),
            "undo": undo_views.offer(self.request),
            **self._views(narrowing),
        }

    def _shown_columns(self) -> set[str]:
        return set(parameters.texts(self.request, "column")) or set(CHOOSABLE) - {"reason"}

    def _views(self, narrowing: FindingFilters) -> dict[str, Any]:
        """Return the saved views as tabs, and whether the open one was changed."""
        organization, user = requested_scope(self.request).organization, require_user(self.request)
        views = list(saved_views.visible(user, organization)) if organization and user.pk else []
        default = saved_views.default_among(views)
        current = next((one for one in views if str(one.pk) == self.view_key), None)
        here = saved_views.query_here(self.request)
        tabs = saved_views.tabs(self.request, views, default, len(narrowing.narrowed.rows) - _aside(self.scope))
        return {
            "tabs": tabs[: saved_views.TABS_MAX + 1],
            "more_tabs": tabs[saved_views.TABS_MAX + 1 :],
            "current_view": current,
            "view_is_changed": current is not None and here != current.query,
            "may_change_view": current is not None and saved_views.may_change(user, current),
            "missing": saved_views.missing(self.request, current) if current else [],
            "query_here": here,
        }

    def _page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        if self.is_grouped:
            table = context["table"]
            shown = [row.record for row in table.paginated_rows]
            every = list(table.data.data)
            context["bands"] = fixes.bands(request, shown, every)
            context["fixes_line"] = headline.fixes(len({one["check_id"] for one in every}), context["totals"])
        return super()._page(request, context)


def _aside(scope: Scope) -> int:
    return sum(queries.set_aside(scope).values())


@require_safe
def members(request: HttpRequest) -> HttpResponse:
    """Show the first findings of one fix under the list's filters, as a part."""
    scope = scope_of(request)
    listed = saved_views.query_here(request)
    there = request_for_page(request, "findings:list", listed)
    filters = FindingFilters(there.GET, queryset=query.findings(scope), request=there)
    data = CellData(filters, filters.qs, keys(scope))
    order(FindingTable(data), there)
    found = list(data[: fixes.MEMBERS])
    context = {
        "members": [
            (
                one,
                display_name(one.resource_name, one.resource_type),
                detail_url(request, one.finding_id, listed, place),
            )
            for place, one in enumerate(found, 1)
        ],
        "number": len(data),
        "rest": len(data) - len(found),
        "noun": in_sentence(type_plural(found[0].resource_type)) if found else "findings",
        "list_url": url_in_scope(request, "findings:list", None, **fixes.by_name(request), view="all"),
    }
    return render(request, "findings/fix_members.html", context)
