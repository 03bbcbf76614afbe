"""How findings are narrowed. What was set aside is left out until it is asked for by its state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q, QuerySet

from posture.checks import all_checks
from posture.core.check import Check
from posture.findings.naming import check_title, severity_label, triage_label, type_title
from posture.frameworks import all_frameworks
from posture.history import read
from posture.history.models import Triage
from posture.web.filters import Facet, FilterSet, Search
from posture.web.scoping import scope_of

SIGHTS = {
    "fail": ("Fails", Q(status="fail")),
    "unknown": ("Could not be told", Q(status="unknown")),
    "stale": ("Fails, and not seen since", Q(status="fail", stale_since__isnull=False)),
}


class SightFacet(Facet):
    """Findings that fail, that could not be told, and those of the first that have not been seen since."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep what stands in one of the chosen ways."""
        if not value:
            return qs
        chosen = Q(pk__in=[])
        for one in value:
            chosen |= SIGHTS[one][1] if one in SIGHTS else Q(pk__in=[])
        return qs.filter(chosen)

    def counted(self, rows: QuerySet[Any]) -> list[tuple[str, str, int]]:
        """Return each way with its number of findings, those that there are."""
        counts = rows.order_by().aggregate(**{name: Count("pk", filter=which) for name, (_, which) in SIGHTS.items()})
        return [(name, words, counts[name]) for name, (words, _) in SIGHTS.items() if counts[name]]


class ReturnFacet(Facet):
    """Findings that failed before, and those among them that come and go."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep what came back, or what does so again and again."""
        if not value:
            return qs
        if "returned" in value:
            return qs.filter(reopened__gt=0)
        return qs.filter(finding_id__in=self._flapping(qs)) if "flapping" in value else qs.none()

    def counted(self, rows: QuerySet[Any]) -> list[tuple[str, str, int]]:
        """Return both with their numbers of findings, those that there are."""
        counts = rows.order_by().aggregate(returned=Count("pk", filter=Q(reopened__gt=0)))
        counts["flapping"] = len(self._flapping(rows)) if counts["returned"] else 0
        return [(name, RETURNS[name], counts[name]) for name in RETURNS if counts[name]]

    def _flapping(self, rows: QuerySet[Any]) -> set[int]:
        scope = scope_of(self.parent.request)
        return read.flapping(scope, read.may_flap(rows.order_by(), scope.now))


RETURNS = {"returned": "Failed before", "flapping": "Flapping"}


class TriageFacet(Facet):
    """Findings by what was decided; without a choice, all that still ask for something."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the chosen states, or else all but the accepted and the false."""
        return qs.filter(triage__in=value) if value else qs.exclude(triage__in=Triage.SET_ASIDE)


class ChecksFacet(Facet):
    """Findings by something that their checks have, such as the practice they serve."""

    def __init__(self, *, values: Callable[[Check], Sequence[str]], **options: Any) -> None:
        super().__init__(**options)
        self.values = values

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the findings of checks that have one of the values."""
        if not value:
            return qs
        chosen = set(value)
        return qs.filter(check_id__in=[one.id for one in all_checks().values() if chosen & set(self.values(one))])

    def counted(self, rows: QuerySet[Any]) -> list[tuple[str, str, int]]:
        """Return each value with its number of findings, most first."""
        found: dict[str, int] = {}
        for check_id, number in rows.order_by().values_list("check_id").annotate(number=Count("pk")):
            check = all_checks().get(check_id)
            for value in self.values(check) if check else ():
                found[value] = found.get(value, 0) + number
        return [(value, self.words(value), found[value]) for value in sorted(found, key=lambda one: -found[one])]


class ClassificationFacet(Facet):
    """Findings by how the data of their resource is classified; most resources hold none."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the findings on resources of one of the levels."""
        if not value:
            return qs
        known = read.resources(scope_of(self.parent.request)).filter(classification__in=value)
        return qs.filter(resource_id__in=known.values("resource_id"))

    def counted(self, rows: QuerySet[Any]) -> list[tuple[str, str, int]]:
        """Return each level with its number of findings."""
        classified = read.resources(scope_of(self.parent.request)).exclude(classification="")
        try:
            found, values = rows.order_by().values("resource_id").query.sql_with_params()
            known, more = classified.order_by().values("resource_id", "classification").query.sql_with_params()
        except EmptyResultSet:
            return []
        # There is no relation between the two views for the ORM to follow; both halves are its own.
        joined = f"SELECT classification, count(*) FROM ({found}) f JOIN ({known}) r USING (resource_id)"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(f"{joined} GROUP BY 1 ORDER BY 2 DESC, 1", [*values, *more])
            return [(level, self.words(level), number) for level, number in cursor.fetchall()]


def practices_of(check: Check) -> list[str]:
    """Return the practices that a check serves."""
    return [one.removeprefix("practices:") for one in check.controls if one.startswith("practices:")]


def practice_title(practice_id: str) -> str:
    """Return a practice's title; what is none, as it is."""
    titles = {control.id: control.title for control in all_frameworks()["practices"].controls}
    return titles.get(practice_id, practice_id)


class FindingFilters(FilterSet):
    """The facets of findings; `account` belongs to the scope, so the facet of accounts is `within`."""

    q = Search(fields=("resource_name", "resource_arn", "reason"))
    severity = Facet(label="Severity", words=severity_label, numeric=True)
    status = SightFacet(label="Status", words=lambda value: SIGHTS[value][0] if value in SIGHTS else str(value))
    history = ReturnFacet(label="History", words=lambda value: RETURNS.get(value, str(value)))
    check = Facet(label="Check", field_name="check_id", words=check_title)
    type = Facet(label="Resource type", field_name="resource_type", words=type_title)
    practice = ChecksFacet(label="Practice", values=practices_of, words=practice_title)
    within = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region")
    triage = TriageFacet(label="Decision", words=triage_label)
    assignee = Facet(label="Assigned to", field_name="assignee_name", words=lambda name: name or "Nobody")
    data = ClassificationFacet(label="Data", words=str)
