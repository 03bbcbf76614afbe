"""How resources are narrowed. `account` belongs to the scope, so the facet of accounts is `within`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from posture.inventory.tagged import matching
from posture.web.filters import Facet, FilterSet, Search

UNCLASSIFIED = "none"
SIGHTS = {
    "seen": ("Seen at the last sweep", Q(unseen_since__isnull=True)),
    "unseen": ("Not seen since", Q(unseen_since__isnull=False)),
}


class SightFacet(Facet):
    """Resources that the last sweep saw, and those that it could not look at."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep what is seen, or what is not."""
        if not value:
            return qs
        chosen = Q(pk__in=[])
        for one in value:
            chosen |= SIGHTS[one][1] if one in SIGHTS else Q(pk__in=[])
        return qs.filter(chosen)

    def counted(self, rows: QuerySet[Any]) -> list[tuple[str, str, int]]:
        """Return both, with their number of resources, where there are any."""
        counts = rows.order_by().aggregate(**{name: Count("pk", filter=which) for name, (_, which) in SIGHTS.items()})
        return [(name, words, counts[name]) for name, (words, _) in SIGHTS.items() if counts[name]]


class ClassificationFacet(Facet):
    """Resources by how their data is classified; a URL says `none` for those that say nothing."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the resources of one of the levels."""
        return super().filter(qs, ["" if one == UNCLASSIFIED else one for one in value or ()])

    def counted(self, rows: QuerySet[Any]) -> list[tuple[str, str, int]]:
        """Return each level with its number of resources."""
        return [(value or UNCLASSIFIED, words, number) for value, words, number in super().counted(rows)]


class ResourceSearch(Search):
    """Words in name or ARN; `key=value` is a tag."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        """Keep the resources in which each word is found."""
        return qs.filter(matching(value or ""))


class ResourceFilters(FilterSet):
    """The facets of one type's table."""

    q = ResourceSearch(fields=("name", "arn"), label="Search")
    within = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region")
    data = ClassificationFacet(
        label="Classification",
        field_name="classification",
        words=lambda level: "unclassified" if level in {"", UNCLASSIFIED} else str(level),
    )
    sight = SightFacet(label="Sight", words=lambda name: SIGHTS[name][0] if name in SIGHTS else str(name))
