"""Queries of the inventory pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, Max, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString

from posture.collectors import all_collectors
from posture.core.gap import ANY
from posture.drawing import shares
from posture.history import query
from posture.history.query import FilteredRows, FindingRecord, GapRecord, ResourceRecord, Triage
from posture.history.scope import Scope
from posture.pages.inventory.names import service_of, type_plural
from posture.web.daily import is_daily
from posture.web.families import family_of

TYPES_UNFOLDED, FOLDED_MIN = 14, 3
"""Types of a family that a page shows at once, and how many more are not worth a click."""


@dataclass(frozen=True, slots=True)
class TypeLine:
    """A type with its resources; `gaps` counts account-regions without a listing."""

    type: str
    plural: str
    why: str
    count: int
    change: int
    unseen: int
    findings: int
    gaps: int
    populations: int = 0
    """Of `count`, those that are populations."""
    members: int = 0
    """The number of members of these populations."""
    own_gaps: int = 0
    """Of `gaps`, those of this type, not of a whole account or region."""
    failing: int = 0
    """Resources with an open finding that is not set aside."""

    @property
    def drawing(self) -> SafeString:
        """The share that fails, and the share not seen, as a bar."""
        return shares.draw(self.failing, self.unseen, self.count)

    @property
    def is_daily(self) -> bool:
        """Return True if it is read once a day."""
        return is_daily(self.type)

    @property
    def is_blind(self) -> bool:
        """Return True if it has gaps and no known resource."""
        return bool(self.gaps) and not (self.count or self.change)

    @property
    def is_there(self) -> bool:
        """Return True if it has resources, had some at the comparison date, or has gaps."""
        return bool(self.count or self.change or self.gaps)


@dataclass(frozen=True, slots=True)
class TypeFamily:
    """Types that belong together, those with most resources first."""

    name: str
    types: Sequence[TypeLine]

    @property
    def count(self) -> int:
        """The number of resources of all its types."""
        return sum(one.count for one in self.types)

    @property
    def failing(self) -> int:
        """The number of resources with an open finding."""
        return sum(one.failing for one in self.types)

    @property
    def change(self) -> int:
        """The change since the date of comparison."""
        return sum(one.change for one in self.types)

    @property
    def shown(self) -> Sequence[TypeLine]:
        """The types that are shown at once."""
        return self.types if len(self.types) <= TYPES_UNFOLDED + FOLDED_MIN else self.types[:TYPES_UNFOLDED]

    @property
    def folded(self) -> Sequence[TypeLine]:
        """The types that a click unfolds."""
        return self.types[len(self.shown) :]

    @property
    def folded_failing(self) -> int:
        """The number of their resources with an open finding."""
        return sum(one.failing for one in self.folded)


def type_lines(scope: Scope) -> list[TypeLine]:
    """Return every type that is collected or known, by service and name."""
    counted = {one.type: one for one in query.count_types(scope)}
    findings = query.get_or_compute(scope, "findings_by_type", lambda: _findings_by_type(scope))
    failing = query.get_or_compute(scope, "failing_by_type", lambda: _failing_by_type(scope))
    blind, members = gaps_by_type(scope), query.count_members(scope)
    everywhere = blind.pop(ANY, set())
    lines = [
        TypeLine(
            type=each,
            plural=type_plural(each),
            why=why(each),
            count=counted[each].count if each in counted else 0,
            change=counted[each].change if each in counted else 0,
            unseen=counted[each].unseen if each in counted else 0,
            findings=findings.get(each, 0),
            gaps=len(blind.get(each, set()) | everywhere),
            own_gaps=len(blind.get(each, set()) - everywhere),
            populations=members.get(each, (0, 0))[0],
            members=members.get(each, (0, 0))[1],
            failing=failing.get(each, 0),
        )
        for each in counted.keys() | all_collectors().keys()
    ]
    return sorted(lines, key=lambda one: (service_of(one.type).lower(), one.plural.lower()))


def by_family(lines: Iterable[TypeLine]) -> list[TypeFamily]:
    """Return types that have or had resources by family, the largest first."""
    families: dict[str, list[TypeLine]] = {}
    for line in lines:
        if line.count or line.change:
            families.setdefault(family_of(line.type), []).append(line)
    made = [TypeFamily(name, sorted(some, key=lambda one: (-one.count, one.plural))) for name, some in families.items()]
    return sorted(made, key=lambda one: (-one.count, one.name))


def why(resource_type: str) -> str:
    """Return in a sentence why a type is collected; empty if it no longer is."""
    collector = all_collectors().get(resource_type)
    return collector.why.split("\n\n")[0].replace("\n", " ") if collector else ""


def _findings_by_type(scope: Scope) -> dict[str, int]:
    rows = query.load_open_findings(scope)
    return FilteredRows(rows, {"triage": ~rows.having("triage", Triage.SET_ASIDE)}, {}).by("type")


def _failing_by_type(scope: Scope) -> dict[str, int]:
    failing = open_findings(scope).filter(status="fail").order_by()
    return dict(failing.values_list("resource_type").annotate(number=Count("resource_id", distinct=True)))


def gaps_by_type(scope: Scope) -> dict[str, set[tuple[int, str]]]:
    """Return account-regions without a listing by type; under ANY, without any."""
    found: dict[str, set[tuple[int, str]]] = {}
    gaps = query.gaps(scope).filter(blinds=True).order_by()
    for kind, account_pk, region in gaps.values_list("resource_type", "account_id", "region"):
        found.setdefault(kind, set()).add((account_pk, region))
    return found


def open_findings(scope: Scope) -> QuerySet[FindingRecord]:
    """Return open findings that are not set aside."""
    return query.findings(scope).exclude(triage__in=Triage.SET_ASIDE)


def of_type(scope: Scope, resource_type: str) -> QuerySet[ResourceRecord]:
    """Return the resources of a type, each with its number of open findings."""
    return with_findings(scope, query.resources(scope).filter(type=resource_type))


def with_findings(scope: Scope, rows: QuerySet[ResourceRecord]) -> QuerySet[ResourceRecord]:
    """Annotate resources with `open_findings`, their number of open findings."""
    mine = open_findings(scope).filter(resource_id=OuterRef("resource_id")).order_by().values("resource_id")
    number = Subquery(mine.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    return rows.annotate(open_findings=Coalesce(number, Value(0)))


def blind_to(scope: Scope, resource_type: str) -> list[GapRecord]:
    """Return the gaps in which a type could not be listed."""
    gaps = query.gaps(scope).filter(blinds=True, resource_type__in=(ANY, resource_type))
    return list(gaps.order_by("account__name", "region"))


@dataclass(frozen=True, slots=True)
class UnknownField:
    """Fields of listed resources that a refused or failed action leaves unknown."""

    action: str
    error: str
    remedy: str
    accounts: int
    resources: int


def unknown_fields(scope: Scope, resource_type: str) -> list[UnknownField]:
    """Return a type's unknown fields by action, most resources first."""
    rows: Any = query.all_gaps(scope).filter(blinds=True, resource_type=resource_type, resources__isnull=False)
    counted = (
        rows.select_related(None)
        .order_by()
        .values_list("action", "error")
        .annotate(cure=Max("remedy"), locations=Count("account_id", distinct=True), lacking=Sum("resources"))
    )
    return [UnknownField(*row) for row in counted.order_by("-lacking", "action", "error")]
