"""Network pages: the list of VPCs, and one VPC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from posture.history import query
from posture.history.query import ResourceRecord
from posture.pages.network import charts, queries
from posture.pages.network.charts import VpcChart
from posture.pages.network.filters import VpcFilters
from posture.pages.network.reachability_history import since
from posture.pages.network.tables import VpcTable
from posture.pages.network.vpc_analysis import VpcAnalysis
from posture.web.lists import TablePage
from posture.web.pages import DetailPage
from posture.web.scoping import url_in_scope

SOURCES_MAX = 50
"""Sources that a page lists."""


class VpcList(TablePage):
    """All VPCs in scope."""

    heading = "VPCs"
    lead = "Each VPC with its subnets by where their routes lead, and the interfaces that the internet reaches."
    noun = "VPC"
    table = VpcTable
    filters = VpcFilters
    template_name = "network/list.html"

    def rows(self) -> QuerySet[ResourceRecord]:
        """Return the VPCs."""
        return queries.vpcs(self.scope)

    def make_table(self, rows: Any) -> VpcTable:
        """Return the table, with the scope for analyzing its page."""
        self.shown = VpcTable(rows, scope=self.scope)
        return self.shown

    def context(self) -> dict[str, Any]:
        """Return the title, and whether there is no VPC at all."""
        self.shown.before_render(self.request)
        number = self.shown.paginator.count
        is_filtered = bool(self.applied_filters and self.applied_filters.chips())
        return {
            "title": charts.list_title(list(self.shown.analyses.values()), number, is_filtered=is_filtered),
            "is_empty": not number and not is_filtered,
            "gaps": queries.vpc_gaps(self.scope) if not number else [],
        }


class VpcPage(DetailPage[ResourceRecord]):
    """One VPC."""

    template_name, name = "network/vpc.html", "vpc"

    def load(self) -> ResourceRecord:
        return queries.vpc(self.scope, self.kwargs["resource_id"])

    def context(self) -> dict[str, Any]:
        scope, record = self.scope, self.thing
        analysis, reaching = queries.analysis_and_sources(scope, record)
        tied = queries.links(scope, record)
        ids = queries.resource_ids(scope, [*charts.arns(analysis), *(one.arn for one in tied)])
        return {
            "analysis": analysis,
            "heading": charts.heading(analysis, record.name),
            "drawn": self._picture(analysis, tied, ids),
            "links": tied,
            "sources": reaching,
            "sources_title": charts.sources_title(reaching),
            "sources_shown": reaching.found[:SOURCES_MAX],
            "more_sources": max(0, len(reaching.found) - SOURCES_MAX),
            "subnets": [(one, ids.get(one.subnet.arn)) for one in analysis.subnets],
            "findings": query.narrow_to_resource(query.findings(scope), record.resource_id).order_by("-severity"),
        }

    def _picture(self, analysis: VpcAnalysis, tied: Sequence[ResourceRecord], ids: Mapping[str, int]) -> VpcChart:
        scope, record = self.scope, self.thing

        def url_of(arn: str) -> str:
            return url_in_scope(self.request, "inventory:resource", {"resource_id": ids[arn]}) if arn in ids else ""

        unlisted, names = queries.unlisted_links(scope, record), queries.names(scope, charts.instances(analysis))
        known_since = since(record.as_resource(), analysis.paths, queries.history(scope, record, analysis))
        return charts.vpc_chart(record, analysis, tied, unlisted, url_of, names, known_since)
