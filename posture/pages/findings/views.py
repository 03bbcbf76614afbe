"""The pages of findings: by fix, one by one, one finding, one check."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import owners_of
from posture.checks import all_checks, parameters_of
from posture.frameworks import control
from posture.history import query
from posture.history.query import CheckSummary, ClosedEpisode, FindingRecord
from posture.history.scope import Scope
from posture.history.triage import may_triage
from posture.pages.findings import (
    charts,
    check_examples,
    deadlines,
    detail_charts,
    evidence,
    fixes,
    forms,
    headline,
    queries,
    saved_views,
    sort_options,
)
from posture.pages.findings import members as population
from posture.pages.findings import undo as undo_views
from posture.pages.findings.corroboration import corroborating_findings
from posture.pages.findings.filters import FindingFilters, of_check
from posture.pages.findings.forms import DecisionForm
from posture.pages.findings.models import SavedView
from posture.pages.findings.names import (
    display_name,
    in_sentence,
    paragraphs,
    status_key,
    triage_label,
    type_plural,
    type_title,
)
from posture.pages.findings.neighbours import detail_url, neighbours, position_of
from posture.pages.findings.remedy import remedy_of
from posture.pages.findings.tables import CHOOSABLE, CheckFindingTable, CheckTable, FindingTable, keys
from posture.web import check_parameters, parameters
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
from posture.web.tables import Table, configure, order
from posture.web.templatetags.words import figure


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


@require_safe
def detail(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Show one finding: evidence, reason, remedy, status and timeline."""
    scope = scope_of(request)
    try:
        finding = query.get_finding(scope, finding_id)
    except Http404:
        if scope.as_of is None:
            raise
        later = query.get_finding(replace(scope, as_of=None), finding_id)
        context = {"finding": later}
        return render(request, "findings/not_yet.html", context)
    return shown(request, scope, finding)


def shown(
    request: HttpRequest,
    scope: Scope,
    finding: FindingRecord,
    *,
    sent: DecisionForm | None = None,
    name: str = "",
    said: str = "",
) -> HttpResponse:
    """Render a finding's page, or its decisions for htmx.

    `sent` is a form that was refused.
    """
    undo = undo_views.offer(request)
    context = {
        "finding": finding,
        "said": "" if undo else said,
        "undo": undo,
        **_decisions(request, scope, finding, sent, name),
    }
    status = 422 if sent else 200
    if request.headers.get("HX-Request"):
        return render(request, "findings/decisions.html", context, status=status)
    context["neighbours"] = neighbours(request, finding.finding_id)
    context |= _detail(scope, finding)
    version, course = context["version"], context["course"]
    context["history"] = detail_charts.history(request, scope, context["episodes"], version, course)
    if context["others_number"]:
        found = queries.of_check(scope, finding.check_id)
        context["spread"] = detail_charts.by_account(request, scope, finding.check_id, found, "By account", 690)
    return render(request, "findings/detail.html", context, status=status)


def _decisions(
    request: HttpRequest, scope: Scope, finding: FindingRecord, sent: DecisionForm | None, name: str
) -> dict[str, Any]:
    user = require_user(request)
    may = may_triage(user, finding) and scope.as_of is None
    make = forms.maker([finding.account], scope.now)
    offered = {each: make(each) for each in forms.offered(finding)} if may else {}
    episodes = query.list_episodes(scope, finding.finding_id)
    if sent is not None:
        offered[name] = sent
    return {
        "decisions": offered,
        "decide_url": url_in_scope(
            request, "findings:triage", {"finding_id": finding.finding_id}, **position_of(request)
        ),
        "open_decision": name,
        "may_triage": may_triage(user, finding),
        "timeline": query.build_finding_timeline(scope, finding.finding_id, episodes),
        "decided": triage_label(finding.triage),
        "owners": owners_of([finding.account])[finding.account_id],
        "status_key": status_key(finding),
        "course": query.load_finding_course(scope, finding.finding_id, episodes),
        "episodes": episodes,
        "deadline": deadlines.of(finding, scope.now),
        "worth": deadlines.worth(scope, finding),
    }


def _detail(scope: Scope, finding: FindingRecord) -> dict[str, Any]:
    check, version = finding.check, queries.version_judged(scope, finding)
    config, tags = (version.config, version.as_resource().raw_tags) if version else ({}, {})
    others, number = queries.elsewhere(scope, finding)
    is_changed = finding.open_reason == "changed"
    blocks = _blocks(finding, version) if version else []
    refused = evidence.refused_actions(config, tags, finding.observed or {})
    nouns = in_sentence(type_title(finding.resource_type)), in_sentence(type_plural(finding.resource_type))
    return {
        "name": display_name(finding.resource_name, finding.resource_type),
        "is_gone": finding.close_reason == ClosedEpisode.Reason.DELETED,
        "evidence_title": evidence.title(blocks),
        "elsewhere_title": detail_charts.elsewhere_title(scope, finding, number, nouns),
        "refused_policy": evidence.statement(refused),
        "changed_since": (finding.opened_at - timedelta(seconds=1)).isoformat() if is_changed else "",
        "changed_until": finding.opened_at.isoformat(),
        "check": check,
        "title": finding.title,
        "type_title": type_title(finding.resource_type),
        "version": version,
        "blocks": blocks,
        "remedy": remedy_of(check, finding) if check else None,
        "why": paragraphs(check.why) if check else [],
        "refused": refused,
        "controls": [control(reference) for reference in check.controls] if check else [],
        "others": others,
        "others_named": [(display_name(one.resource_name, one.resource_type), one) for one in others],
        "others_number": number,
        "corroborating": corroborating_findings(scope, finding, check, version),
        "members": population.ids(finding),
        "most_members": population.SHOWN,
    }


def _blocks(finding: FindingRecord, version: Any) -> list[evidence.Block]:
    unseen = evidence.unknown_paths(version.config) if finding.stale_since else []
    config = version.last_known_config if finding.stale_since else version.config
    tags = version.as_resource().raw_tags
    observed, paths = population.without(finding.observed or {}), population.others(finding.evidence)
    return evidence.blocks(config, tags, observed, paths, unseen)


TOOLS = {
    "prowler": "Prowler",
    "securityhub": "Security Hub",
    "trustedadvisor": "Trusted Advisor",
    "config": "AWS Config",
}
"""What the tools are called that know a check by a name of their own."""


def _results_title(status: CheckSummary | None, noun: str) -> str:
    """Return the point of a check's results."""
    if status is None:
        return "Nothing to judge"
    judged = status.passed + status.failed + status.unknown
    if status.failed:
        return f"{figure(status.failed)} of {figure(judged)} {noun} {'fails' if status.failed == 1 else 'fail'}"
    if status.unknown:
        return f"{figure(status.unknown)} of {figure(judged)} {noun} could not be read"
    return f"All {figure(judged)} {noun} pass" if judged else f"No {noun} to judge"


@require_safe
def check(request: HttpRequest, check_id: str) -> HttpResponse:
    """Show a check: what it asks for, why, its examples and its results."""
    scope, known = scope_of(request), all_checks().get(check_id)
    if known is None:
        raise Http404("There is no such check.")
    open_ones = of_check(request, check_id)
    data = CellData(open_ones, open_ones.qs, keys(scope))
    without = ("check_id", "severity", "select")
    made = CheckFindingTable(data, exclude=without, order_by=("state", "opened_at"))
    data.keep_from_sorting("resource_name")
    table = configure(made, request)
    table.owners = owners_of(scope.accounts)
    status, found = queries.check_status(scope, check_id), queries.of_check(scope, check_id)
    context = {
        "check": known,
        "type_title": in_sentence(type_title(known.resource_type)),
        "why": paragraphs(known.why),
        "status": status,
        "table": table,
        "number": found.number,
        "listed": len(data),
        "examples": check_examples.examples(known),
        "aliases": [(TOOLS.get(tool, tool), name) for tool, _, name in (each.partition(":") for each in known.aliases)],
        "results_title": _results_title(status, in_sentence(type_plural(known.resource_type))),
        "spread": detail_charts.by_account(request, scope, check_id, found, "Where it fails, by account", 520),
        "course": detail_charts.through_time(request, scope, check_id, status),
        "controls": [control(reference) for reference in known.controls],
        "parameters": check_parameters.list_rows(require_user(request), scope, parameters_of(check_id)),
    }
    return render(request, "findings/check.html", context)
