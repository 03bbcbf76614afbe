"""Inventory pages: types, resources of one type, search, and one resource."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from posture.collectors import all_collectors
from posture.core.values import Unknown
from posture.history import query
from posture.history.query import FindingRecord, ResourceRecord
from posture.manifests.locations import find_location
from posture.pages.inventory import charts, configuration, populations, queries, relations, version_history
from posture.pages.inventory import search as search_module
from posture.pages.inventory.console_links import console_url
from posture.pages.inventory.evidence_marks import marks_of
from posture.pages.inventory.filters import ResourceFilters, keys
from posture.pages.inventory.names import own_id, service_of, type_plural, type_title
from posture.pages.inventory.tables import ResourceTable
from posture.web import parameters
from posture.web.column_filters import CellData
from posture.web.daily import describe_reading, describe_readings
from posture.web.lists import TablePage
from posture.web.pages import DetailPage
from posture.web.scoping import scope_of, url_in_scope
from posture.web.tables import Table


@require_safe
def types(request: HttpRequest) -> HttpResponse:
    """Show the number of resources by type, and gaps."""
    scope = scope_of(request)
    lines = queries.type_lines(scope)
    context = {
        "families": queries.by_family(lines),
        "unlisted": [line for line in lines if line.is_blind],
        "blind": min((line.gaps - line.own_gaps for line in lines), default=0),
        "read_daily": describe_readings(scope, [line.type for line in lines if line.count]),
        "failing": sum(line.failing for line in lines),
        "none": [line for line in lines if not line.is_there],
        "total": sum(line.count for line in lines),
        "unseen": sum(line.unseen for line in lines),
        "kinds": sum(1 for line in lines if line.count),
    }
    return render(request, "inventory/types.html", context)


class ResourceList(TablePage):
    """The resources of the type that `?type=` names."""

    noun = "resource"
    table, filters = ResourceTable, ResourceFilters
    template_name = "inventory/table.html"
    resource_type = ""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Set the heading to the type."""
        super().setup(request, *args, **kwargs)
        self.resource_type = parameters.text(request, "type")
        self.heading = type_plural(self.resource_type)  # type: ignore[misc]  # of this request

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the table; redirect to the list of types without one."""
        if not self.resource_type:
            return redirect(url_in_scope(request, "inventory:types"))
        return super().get(request, *args, **kwargs)

    @property
    def hidden_parameters(self) -> list[tuple[str, str]]:
        """Keep the type."""
        return [("type", self.resource_type)]

    def rows(self) -> QuerySet[ResourceRecord]:
        """Return the resources of the type."""
        return queries.of_type(self.scope, self.resource_type)

    def make_table(self, rows: Any) -> Table:
        """Return the table with its type's columns."""
        data = (
            rows
            if self.export
            else CellData(cast("ResourceFilters", self.applied_filters), rows, keys(self.scope, self.resource_type))
        )
        made = ResourceTable(data, self.resource_type)
        if isinstance(data, CellData):
            data.keep_from_sorting("open_findings")
        return made

    def context(self) -> dict[str, Any]:
        """Return the type's description and its gaps."""
        collector = all_collectors().get(self.resource_type)
        return {
            "is_collected": collector is not None,
            "why": queries.why(self.resource_type),
            "resource_type": self.resource_type,
            "service": service_of(self.resource_type),
            "read_daily": describe_readings(self.scope, [self.resource_type]),
            "blind": queries.blind_to(self.scope, self.resource_type),
            "unknown_fields": queries.unknown_fields(self.scope, self.resource_type),
            "title": type_title(self.resource_type),
        }


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find resources, accounts and checks; redirect to an exact match."""
    scope = scope_of(request)
    text = parameters.text(request, "q")
    only = search_module.exact(scope, text)
    if only is not None:
        return redirect(url_in_scope(request, "inventory:resource", {"resource_id": only.resource_id}))
    results = search_module.find(scope, text) if text else None
    groups = search_module.by_type(results) if results else []
    return render(request, "inventory/search.html", {"text": text, "results": results, "groups": groups})


class ResourcePage(DetailPage[Sequence[ResourceRecord]]):
    """One resource by its versions, newest first."""

    template_name, name, missing = "inventory/resource.html", "versions", "No such resource."

    def load(self) -> Sequence[ResourceRecord] | None:
        return query.list_versions(self.scope, self.kwargs["resource_id"]) or None

    @cached_property
    def record(self) -> ResourceRecord:
        """The newest version."""
        return self.thing[0]

    @cached_property
    def findings(self) -> list[FindingRecord]:
        """Its findings, the resolved ones too."""
        return query.list_episodes_of_resource(self.scope, self.record.resource_id)

    @cached_property
    def open_findings(self) -> list[FindingRecord]:
        """Its open findings."""
        return [one for one in self.findings if not one.closed_at]

    def context(self) -> dict[str, Any]:
        return {**self._head(), **self._history(), **self._configuration(), **self._relations()}

    def _head(self) -> dict[str, Any]:
        record = self.record
        return {
            "record": record,
            "read_daily": "" if record.gone_at else self._describe_reading(),
            "title": type_title(record.type),
            "own_id": own_id(record.arn),
            "why": queries.why(record.type),
            "console": console_url(record),
            "written_at": None if record.gone_at else find_location(self.scope, record.arn),
            "findings": self.open_findings,
            "past": [one for one in self.findings if one.closed_at],
        }

    def _describe_reading(self) -> str:
        record = self.record
        return describe_reading(self.scope, record.account_id, record.type, record.valid_from)

    def _history(self) -> dict[str, Any]:
        before, after = parameters.text(self.request, "a"), parameters.text(self.request, "b")
        first = parameters.number(self.request, "change", 1, least=1)
        comparison = version_history.compare(self.thing, before, after, first)
        return {
            "comparison": comparison,
            "line": charts.versions(self.request, self.scope, self.thing, comparison),
            "timeline": version_history.timeline(self.thing, self.findings),
        }

    def _configuration(self) -> dict[str, Any]:
        record, evidence = self.record, marks_of(self.open_findings)
        population = populations.members_of(record, evidence.observed)
        observed = configuration.lines(record.observed, evidence.observed) if not population else []
        tags = record.as_resource().raw_tags
        return {
            "config": self._part("line", configuration.lines(record.config, evidence.config)),
            "observed": self._part("observed_line", observed),
            "population": population,
            "tags_unknown": str(tags) if isinstance(tags, Unknown) else "",
            "tags": [] if isinstance(tags, Unknown) else sorted(tags.items()),
            "tag_marks": evidence.tags,
        }

    def _part(
        self, name: str, document: list[configuration.ConfigurationLine]
    ) -> configuration.ConfigurationPart | None:
        """Return the part of a document that a parameter asks for; None if it is empty."""
        first = parameters.number(self.request, name, 1, least=1)
        return configuration.part(document, first, name) if document else None

    def _relations(self) -> dict[str, Any]:
        targets, pointing = relations.targets(self.scope, self.record), relations.pointing(self.scope, self.record)
        panel = charts.relations(self.request, self.record, targets, pointing)
        return {"targets": targets, "pointing": pointing, "ties": panel}
