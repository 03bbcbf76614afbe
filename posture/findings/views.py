"""Findings by check, one by one, each with its evidence; and each check with what it says of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import owners_of
from posture.checks import all_checks
from posture.findings import checking, evidence, forms, members, pictures, queries
from posture.findings.filters import FindingFilters, of_check
from posture.findings.forms import Decision
from posture.findings.naming import in_sentence, paragraphs, sight, triage_label, type_title
from posture.findings.remedy import remedy_of
from posture.findings.tables import CheckTable, FindingTable, keys
from posture.findings.witnesses import witnesses
from posture.frameworks import control
from posture.history import read
from posture.history.models import FindingRecord
from posture.history.scope import Scope
from posture.history.triage import may_triage
from posture.web import parameters
from posture.web.celled import CellData
from posture.web.lists import TablePage
from posture.web.scoping import kept_here, scope_of, signed_in
from posture.web.tables import Table, configure


class FindingList(TablePage):
    """The findings of a scope: by check, or one by one for `?group=none` and for a single check."""

    heading = "Findings"
    noun = "finding"
    table, filters = FindingTable, FindingFilters
    template_name, part_template_name = "findings/list.html", "findings/list_part.html"

    @property
    def is_grouped(self) -> bool:
        """Tell whether a row is a check."""
        single = len(parameters.texts(self.request, "check")) == 1
        return self.grouping == "check" or not (self.grouping == "none" or single)

    @property
    def export_name(self) -> str:
        """Say whether a row of the export is a check or a finding."""
        return "findings by check" if self.is_grouped else "findings"

    @property
    def grouping(self) -> str:
        """Return how the URL groups the findings; empty where it leaves that to the page."""
        return parameters.choice(self.request, "group", ("check", "none"))

    @property
    def kept_parameters(self) -> list[tuple[str, str]]:
        """Keep how it is grouped."""
        return [("group", self.grouping)] if self.grouping else []

    def rows(self) -> QuerySet[FindingRecord]:
        return read.findings(self.scope)

    def make_table(self, rows: Any) -> Table:
        narrowing = cast("FindingFilters", self.narrowing)
        if self.is_grouped:
            since = self.scope.compare_to
            return CheckTable(kept_here(self.request, "by_check", lambda: queries.by_check(narrowing.found, since)))
        data = rows if self.export else CellData(narrowing, rows, keys(self.scope))
        made = FindingTable(data, exclude=() if self.may_decide else ("select",))
        if isinstance(data, CellData):
            data.keep_from_sorting("resource_name")
        made.owners = {pk: names for pk, names in owners_of(self.scope.accounts).items() if names}
        return made

    @property
    def may_decide(self) -> bool:
        """Tell whether the person decides on findings at all, and not in the past."""
        user = signed_in(self.request)
        return self.scope.as_of is None and (user.is_admin or not user.sees_everything)

    def context(self) -> dict[str, Any]:
        self.noun = "check" if self.is_grouped else "finding"  # type: ignore[misc]  # of this request
        single = parameters.texts(self.request, "check")
        about = all_checks().get(single[0]) if len(single) == 1 else None
        return {
            "about": about,
            "set_aside": queries.set_aside(self.scope),
            "pictures": pictures.pictures(self.request, cast("FindingFilters", self.narrowing)),
        }


@require_safe
def detail(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Show what is wrong with one resource, why it matters, how to mend it and what was said of it."""
    scope = scope_of(request)
    try:
        finding = read.finding(scope, finding_id)
    except Http404:
        if scope.as_of is None:
            raise
        later = read.finding(replace(scope, as_of=None), finding_id)
        context = {"finding": later}
        return render(request, "findings/not_yet.html", context)
    return shown(request, scope, finding)


def shown(
    request: HttpRequest,
    scope: Scope,
    finding: FindingRecord,
    *,
    sent: Decision | None = None,
    name: str = "",
    said: str = "",
) -> HttpResponse:
    """Return a finding's page, or for htmx the part that decisions change; `sent` is a form that was refused."""
    context = {"finding": finding, "said": said, **_decisions(request, scope, finding, sent, name)}
    status = 422 if sent else 200
    if request.headers.get("HX-Request"):
        return render(request, "findings/decisions.html", context, status=status)
    return render(request, "findings/detail.html", {**context, **_detail(scope, finding)}, status=status)


def _decisions(
    request: HttpRequest, scope: Scope, finding: FindingRecord, sent: Decision | None, name: str
) -> dict[str, Any]:
    user = signed_in(request)
    may = may_triage(user, finding) and scope.as_of is None
    make = forms.maker([finding.account], scope.now)
    offered = {each: make(each) for each in forms.offered(finding)} if may else {}
    episodes = read.episodes(scope, finding.finding_id)
    if sent is not None:
        offered[name] = sent
    return {
        "decisions": offered,
        "open_decision": name,
        "may_triage": may_triage(user, finding),
        "timeline": read.finding_timeline(scope, finding.finding_id, episodes),
        "decided": triage_label(finding.triage),
        "owners": owners_of([finding.account])[finding.account_id],
        "sight": sight(finding),
        "course": read.course(scope, finding.finding_id, episodes),
    }


def _detail(scope: Scope, finding: FindingRecord) -> dict[str, Any]:
    check, version = finding.check, queries.version_judged(scope, finding)
    config, tags = (version.config, version.as_resource().raw_tags) if version else ({}, {})
    others, number = queries.elsewhere(scope, finding)
    is_changed = finding.open_reason == "changed"
    return {
        "changed_since": (finding.opened_at - timedelta(seconds=1)).isoformat() if is_changed else "",
        "changed_until": finding.opened_at.isoformat(),
        "check": check,
        "title": finding.title,
        "type_title": type_title(finding.resource_type),
        "version": version,
        "blocks": _blocks(finding, version) if version else [],
        "remedy": remedy_of(check, finding) if check else None,
        "why": paragraphs(check.why) if check else [],
        "refused": evidence.refused_actions(config, tags, finding.observed or {}),
        "controls": [control(reference) for reference in check.controls] if check else [],
        "others": others,
        "others_number": number,
        "witnesses": witnesses(scope, finding, check, version),
        "members": members.ids(finding),
        "most_members": members.SHOWN,
    }


def _blocks(finding: FindingRecord, version: Any) -> list[evidence.Block]:
    unseen = evidence.unknown_paths(version.config) if finding.stale_since else []
    config = version.last_known_config if finding.stale_since else version.config
    tags = version.as_resource().raw_tags
    observed, paths = members.without(finding.observed or {}), members.others(finding.evidence)
    return evidence.blocks(config, tags, observed, paths, unseen)


@require_safe
def check(request: HttpRequest, check_id: str) -> HttpResponse:
    """Show what a check asks for, why, how it is proven, and how the scope stands by it."""
    scope, known = scope_of(request), all_checks().get(check_id)
    if known is None:
        raise Http404("There is no such check.")
    open_ones = of_check(request, check_id)
    data = CellData(open_ones, open_ones.qs, keys(scope))
    without = ("check_id", "severity", "select")
    made = FindingTable(data, exclude=without, order_by=("state", "opened_at"))
    data.keep_from_sorting("resource_name")
    table = configure(made, request)
    table.owners = owners_of(scope.accounts)
    context = {
        "check": known,
        "type_title": in_sentence(type_title(known.resource_type)),
        "why": paragraphs(known.why),
        "standing": queries.standing(scope, check_id),
        "table": table,
        "number": len(data),
        "examples": checking.examples(known),
        "controls": [control(reference) for reference in known.controls],
    }
    return render(request, "findings/check.html", context)
