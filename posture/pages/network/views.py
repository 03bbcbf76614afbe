"""The network's pages: all VPCs, and one with its subnets, gateways and what reaches it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.history import query
from posture.history.query import ResourceRecord
from posture.pages.network import charts, queries
from posture.pages.network.reachability_history import since
from posture.pages.network.tables import VpcFilters, VpcTable
from posture.web.lists import TablePage
from posture.web.scoping import scope_of, url_in_scope

SOURCES_MAX = 50
"""Sources that a page lists."""


class VpcList(TablePage):
    """All VPCs in scope."""

    heading = "Reachable from the internet"
    lead = "Each VPC with its subnets by where their routes lead, and the interfaces that the internet reaches."
    noun = "VPC"
    table = VpcTable
    filters = VpcFilters
    template_name = "network/list.html"

    def rows(self) -> QuerySet[ResourceRecord]:
        """Return the VPCs."""
        return queries.vpcs(self.scope)

    def make_table(self, rows: Any) -> VpcTable:
        """Give the table the scope by which it draws its page."""
        return VpcTable(rows, scope=self.scope)


@require_safe
def vpc(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Show one VPC."""
    scope = scope_of(request)
    record = queries.vpc(scope, resource_id)
    picture, reaching = queries.picture_and_sources(scope, record)
    tied = queries.links(scope, record)
    ids = queries.resource_ids(scope, [*charts.arns(picture), *(one.arn for one in tied)])

    def url_of(arn: str) -> str:
        return url_in_scope(request, "inventory:resource", {"resource_id": ids[arn]}) if arn in ids else ""

    unlisted, names = queries.unlisted_links(scope, record), queries.names(scope, charts.instances(picture))
    known_since = since(record.as_resource(), picture.ways, queries.history(scope, record, picture))
    context = {
        "vpc": record,
        "picture": picture,
        "heading": charts.heading(picture, record.name),
        "drawn": charts.drawn(record, picture, tied, unlisted, url_of, names, known_since),
        "links": tied,
        "sources": reaching,
        "sources_title": charts.sources_title(reaching),
        "sources_shown": reaching.found[:SOURCES_MAX],
        "more_sources": max(0, len(reaching.found) - SOURCES_MAX),
        "subnets": [(one, ids.get(one.subnet.arn)) for one in picture.subnets],
        "findings": query.narrow_to_resource(query.findings(scope), record.resource_id).order_by("-severity"),
    }
    return render(request, "network/vpc.html", context)
