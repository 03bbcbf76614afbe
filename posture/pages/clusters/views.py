"""Clusters: the list, one cluster, and its subjects and workloads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator

from posture.collectors import all_collectors
from posture.pages.clusters import charts, queries
from posture.pages.clusters.charts import ClusterPictures, name_of, short_name, where_of
from posture.pages.clusters.facts import (
    LEVELS,
    POWER_WORDS,
    ClusterConnection,
    ClusterFacts,
    ClusterPower,
    ClusterWorkload,
    RbacSubject,
)
from posture.pages.clusters.queries import EksCluster
from posture.pages.clusters.support import Support, support_of
from posture.web import parameters
from posture.web.pages import DetailPage, ScopedPage
from posture.web.templatetags.words import figure, plural

Row = TypeVar("Row")
PER_PAGE = 50
CONNECTION_WORDS: Mapping[ClusterConnection, str] = {
    ClusterConnection.LIVE: "read live",
    ClusterConnection.PARTIAL: "read in part",
    ClusterConnection.UNREAD: "could not be read",
    ClusterConnection.UPLOADED: "uploaded manifests",
    ClusterConnection.WAITING: "connected; the next sweep reads it",
    ClusterConnection.NONE: "not connected",
}


@dataclass(frozen=True, slots=True)
class ClusterLine:
    """A cluster as the list shows it."""

    cluster: EksCluster
    support: Support
    connection: str
    is_read: bool


class ClusterList(ScopedPage):
    """The clusters of a scope, and how far each is read."""

    template_name = "clusters/list.html"

    def context(self) -> dict[str, Any]:
        found = queries.list_clusters(self.scope)
        today = self.scope.now.date()
        lines = [_line(one, support_of(one.version, today)) for one in found]
        return {
            "heading": _list_heading(lines),
            "page": _page(self, lines),
            "unconnected": sum(line.cluster.connection is ClusterConnection.NONE for line in lines),
            "gaps": queries.has_cluster_gaps(self.scope),
        }


def _line(one: EksCluster, support: Support) -> ClusterLine:
    is_read = one.connection in (ClusterConnection.LIVE, ClusterConnection.PARTIAL, ClusterConnection.UPLOADED)
    return ClusterLine(one, support, CONNECTION_WORDS[one.connection], is_read)


def _list_heading(lines: Sequence[ClusterLine]) -> str:
    if not lines:
        return "Clusters"
    over = sum(line.support.is_over for line in lines)
    read = sum(line.is_read for line in lines)
    in_part = sum(line.cluster.connection is ClusterConnection.PARTIAL for line in lines)
    first = _read_words(read, in_part, len(lines))
    if not over:
        return first
    return f"{first}; {figure(over)} {'is' if over == 1 else 'are'} past standard support"


def _read_words(read: int, in_part: int, number: int) -> str:
    """Return how many clusters are read; of these, `in_part` refuse some lists."""
    if number == 1:
        words = "in part" if in_part else "inside"
        return f"The only cluster is read {words}" if read else "The only cluster is not read inside"
    partly = f", {figure(in_part)} of them in part" if in_part else ""
    if read in (0, number):
        return f"{plural(number, 'cluster')}, {'all' if read else 'none'} read inside{partly}"
    return f"{figure(read)} of {plural(number, 'cluster')} {'is' if read == 1 else 'are'} read inside{partly}"


def _gap_names(facts: ClusterFacts) -> list[tuple[str, str]]:
    """Return what could not be listed, in words, each with its remedy."""
    known = all_collectors()
    return [(known[one.type].plural if one.type in known else one.type, one.remedy) for one in facts.gaps]


class _ClusterView(DetailPage[EksCluster]):
    """A page about one cluster."""

    name = "cluster"

    def load(self) -> EksCluster:
        """Return the cluster."""
        return queries.load_cluster(self.scope, self.kwargs["resource_id"])

    def facts(self) -> ClusterFacts:
        """Return the cluster worked out."""
        return queries.load_facts(self.scope, self.thing)


class ClusterPage(_ClusterView):
    """One cluster."""

    template_name = "clusters/detail.html"

    def context(self) -> dict[str, Any]:
        facts, one = self.facts(), self.thing
        pictures = ClusterPictures(self.request, one, facts)
        is_read = facts.connection in (ClusterConnection.LIVE, ClusterConnection.PARTIAL, ClusterConnection.UPLOADED)
        return {
            "facts": facts,
            "heading": charts.heading(one, facts),
            "connection": CONNECTION_WORDS[facts.connection],
            "is_read": is_read,
            "support": support_of(one.version, self.scope.now.date()),
            "levels_panel": pictures.levels() if is_read else None,
            "powers_panel": pictures.powers() if is_read else None,
            "access_panel": pictures.access(),
            "cuts": [(name_of(cut.binding), where_of(cut.binding), cut.count) for cut in facts.cuts if is_read],
            "gap_names": _gap_names(facts),
            "open_namespaces": [one for one in facts.namespaces if one.has_policy is False and not one.is_own],
            "policies_unread": any(one.has_policy is None for one in facts.namespaces),
            "own_namespaces": sum(not one.is_own for one in facts.namespaces),
            "workloads_number": len(facts.own_workloads),
        }


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A subject as the list shows it."""

    subject: RbacSubject
    name: str
    kind: str
    power: str
    bindings: list[tuple[str, str, int | None]]
    steps: list[tuple[str, str, str, int | None]]
    """Clause, target, rule, and the role that has it."""

    @property
    def is_dangerous(self) -> bool:
        """Whether it is cluster-admin or can become it."""
        return self.subject.power in (ClusterPower.HAS, ClusterPower.TAKES)


class RbacPage(_ClusterView):
    """Everybody who holds rights in a cluster, with the steps to more."""

    template_name = "clusters/rbac.html"

    def context(self) -> dict[str, Any]:
        facts = self.facts()
        power, text = parameters.text(self.request, "power"), parameters.text(self.request, "q").strip()
        namespace = parameters.text(self.request, "namespace")
        found = [
            one
            for one in facts.subjects
            if (not power or one.power.value == power)
            and (not namespace or namespace in _namespaces(one))
            and (not text or text.lower() in one.name.lower())
        ]
        page = _page(self, found)
        return {
            "facts": facts,
            "gap_names": _gap_names(facts),
            "heading": charts.powers_title(facts),
            "page": page,
            "lines": [_subject_line(one, facts) for one in page],
            "powers": [(each.value, POWER_WORDS[each], len(facts.of(each))) for each in ClusterPower if facts.of(each)],
            "namespaces": sorted({space for one in facts.subjects for space in _namespaces(one)}),
            "chosen": {"power": power, "q": text, "namespace": namespace},
        }


def _namespaces(one: RbacSubject) -> set[str]:
    bound = {binding.split("/", 1)[0] for binding in one.bindings if "/" in binding}
    return ({one.namespace} | bound) - {"", "-"}


def _subject_line(one: RbacSubject, facts: ClusterFacts) -> SubjectLine:
    return SubjectLine(
        one,
        short_name(one),
        charts.KIND_WORDS[one.kind],
        POWER_WORDS[one.power],
        [(name_of(each), where_of(each), facts.resource_ids.get(each)) for each in one.bindings[:5]],
        [(each.clause, each.target, each.rule, facts.resource_ids.get(each.role)) for each in one.steps],
    )


class WorkloadsPage(_ClusterView):
    """A cluster's workloads with their security contexts, by level."""

    template_name = "clusters/workloads.html"

    def context(self) -> dict[str, Any]:
        facts = self.facts()
        level, namespace = parameters.text(self.request, "level"), parameters.text(self.request, "namespace")
        found = [
            one
            for space in facts.namespaces
            for one in space.workloads
            if (not level or one.level == level) and (not namespace or one.namespace == namespace)
        ]
        own = {one.name for one in facts.namespaces if one.is_own}
        found.sort(key=lambda one: _workload_order(one, own))
        return {
            "facts": facts,
            "gap_names": _gap_names(facts),
            "heading": charts.levels_title(facts),
            "page": _page(self, found),
            "levels": [(each, LEVEL_WORDS[each]) for each in LEVELS],
            "level_words": LEVEL_WORDS,
            "own_namespaces": own,
            "namespaces": [one.name for one in facts.namespaces],
            "chosen": {"level": level, "namespace": namespace},
        }


LEVEL_WORDS = {"restricted": "restricted", "baseline": "baseline", "neither": "neither"}


def _workload_order(one: ClusterWorkload, own: Collection[str]) -> tuple[bool, int, str, str]:
    """Order by level, the worst first, and Kubernetes's own last."""
    return one.namespace in own, -LEVELS.index(one.level), one.namespace, one.name


def _page(view: ScopedPage, rows: Sequence[Row]) -> Page[Row]:
    """Return the page of rows that is asked for."""
    return Paginator(rows, PER_PAGE).get_page(parameters.number(view.request, "page", 1, least=1))
