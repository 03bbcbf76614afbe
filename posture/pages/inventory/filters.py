"""Filters of resources. `account` is the scope's, so accounts have `within`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from posture.history import query
from posture.history.query import EncodedRows, FilteredRows
from posture.history.scope import Scope
from posture.pages.inventory.search_terms import matching
from posture.web import parameters
from posture.web.column_filters import CellFacet, CellFilterSet, Counted, Key, WithinFacet, WordKey, account_key
from posture.web.conditions import RowCondition, case_dimension, text_dimension
from posture.web.filters import Search
from posture.web.scoping import scope_of

UNCLASSIFIED = "none"
REGION = text_dimension("region", "region")
CLASSIFICATION = text_dimension("classification", "classification")
VISIBILITY = case_dimension("sight", {
    ("seen",): Q(unseen_since__isnull=True), ("unseen",): Q(unseen_since__isnull=False),
})  # fmt: skip
VISIBILITIES = {"seen": "Seen at the last sweep", "unseen": "Not seen since"}


class VisibilityFacet(CellFacet):
    """Resources that the last sweep saw, and those that it could not look at."""

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return both, with their number of resources, where there are any."""
        counts = narrowed.by(self.dimension.name, name)
        return [(one, words, counts[one]) for one, words in VISIBILITIES.items() if one in counts]


class ResourceClassificationFacet(CellFacet):
    """Resources by data classification; `none` in a URL means unclassified."""

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on resources; None where all are meant."""
        return super().condition(["" if one == UNCLASSIFIED else one for one in value])

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each level with its number of resources."""
        return [(value or UNCLASSIFIED, words, number) for value, words, number in super().counted_in(narrowed, name)]


class ResourceSearch(Search):
    """Words in name or ARN; `key=value` is a tag."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        """Keep the resources in which each word is found."""
        return qs.filter(matching(value or ""))

    def numbers(self, qs: QuerySet[Any], value: str, number: str) -> Iterable[int]:
        """Return the ids of these resources, by an index where one leads to them."""
        request = self.parent.request
        if not query.is_fully_indexed(value):
            return super().numbers(qs, value, number)
        return query.search_resources_of_type(scope_of(request), parameters.text(request, "type"), value)


class ResourceFilters(CellFilterSet):
    """The facets of one type's table, which the request names."""

    q = ResourceSearch(fields=("name", "arn"), label="Search")
    within = WithinFacet(label="Account")
    region = CellFacet(label="Region", dimension=REGION)
    data = ResourceClassificationFacet(
        label="Classification",
        dimension=CLASSIFICATION,
        words=lambda level: "unclassified" if level in {"", UNCLASSIFIED} else str(level),
    )
    sight = VisibilityFacet(
        label="Visibility", dimension=VISIBILITY, words=lambda name: VISIBILITIES.get(name, str(name))
    )

    def rows(self) -> EncodedRows:
        """Return the resources of the type."""
        return query.load_resources_of_type(scope_of(self.request), parameters.text(self.request, "type"))


def keys(scope: Scope, resource_type: str) -> Mapping[str, Key]:
    """Return the sort keys for a type that need no database.

    What is counted is ordered by the database.

    So are names as of a date of the past, which no index holds in order.
    """
    named: dict[str, Key] = {"name": lambda rows: query.rank_by_name(scope, resource_type, rows)}
    return {
        **(named if scope.as_of is None else {}),
        "account__name": account_key(scope),
        "region": WordKey("region"),
        "classification": WordKey("classification"),
        "first_seen": lambda rows: rows.at,
    }
