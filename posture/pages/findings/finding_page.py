"""The page of one finding, by its URL and after a decision on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import owners_of
from posture.frameworks import control
from posture.history import query
from posture.history.query import ClosedEpisode, FindingRecord
from posture.history.scope import Scope
from posture.history.triage import may_triage
from posture.manifests.locations import find_location
from posture.pages.findings import deadlines, detail_charts, evidence, forms, queries
from posture.pages.findings import members as population
from posture.pages.findings import undo as undo_views
from posture.pages.findings.corroboration import corroborating_findings
from posture.pages.findings.forms import DecisionForm
from posture.pages.findings.names import (
    display_name,
    in_sentence,
    paragraphs,
    status_key,
    triage_label,
    type_plural,
    type_title,
)
from posture.pages.findings.neighbours import neighbours, position_of
from posture.pages.findings.remedy import remedy_of
from posture.web.daily import describe_reading, is_daily
from posture.web.scoping import require_user, scope_of, url_in_scope


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
        return render(request, "findings/not_yet.html", {"finding": later})
    return show_finding(request, scope, finding)


def show_finding(
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
    course = query.load_finding_course(scope, finding.finding_id, episodes)
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
        "course": course,
        "last_seen": _last_seen(finding, course) if course else None,
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
        "read_daily": "" if finding.closed_at else _describe_reading(scope, finding),
        "version": version,
        "written_at": None if finding.closed_at else find_location(scope, finding.resource_arn, finding.evidence),
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


def _last_seen(finding: FindingRecord, course: query.FindingCourse) -> datetime:
    return course.last_seen_in_full if is_daily(finding.resource_type) else course.last_seen


def _describe_reading(scope: Scope, finding: FindingRecord) -> str:
    return describe_reading(scope, finding.account_id, finding.resource_type, finding.opened_at)


def _blocks(finding: FindingRecord, version: Any) -> list[evidence.Block]:
    unseen = evidence.unknown_paths(version.config) if finding.stale_since else []
    config = version.last_known_config if finding.stale_since else version.config
    tags = version.as_resource().raw_tags
    observed, paths = population.without(finding.observed or {}), population.others(finding.evidence)
    return evidence.blocks(config, tags, observed, paths, unseen)
