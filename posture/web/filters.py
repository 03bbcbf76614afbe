"""Filters in the URL: facets with a count for each choice, and chips.

class RackFilters(FilterSet):
q = Search(fields=("name", "arn"))
capacity = Facet(label="Capacity", words=lambda value: f"{value} %")
region = Facet(label="Region")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from posture.web.conditions import INTEGER_MAX
from posture.web.parameters import integers, texts
from posture.web.scoping import cache_for_page, here_with

FACET_CHOICES_MAX = 40
"""Choices that a facet lists; the rest are reached by searching."""


class AnyChoiceField(forms.MultipleChoiceField):
    """A field that accepts any value; one that no row has finds nothing."""

    def valid_value(self, value: Any) -> bool:
        """Accept it."""
        return True


class Facet(django_filters.MultipleChoiceFilter):
    """Rows whose column has one of the chosen values.

    `words` turns a value into what people read; `named_by` is a second column that names the value.
    """

    field_class = AnyChoiceField

    def __init__(
        self, *, words: Callable[[Any], str] = str, named_by: str | None = None, numeric: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.words = words
        self.named_by = named_by
        self.numeric = numeric

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the rows with one of the values; without any, all rows."""
        if not value:
            return qs
        if self.numeric:
            return qs.filter(**{f"{self.field_name}__in": integers(value, most=INTEGER_MAX)})
        return qs.filter(**{f"{self.field_name}__in": value})

    def counted(self, rows: QuerySet[Any]) -> list[tuple[str, str, int]]:
        """Return value, words and number of rows of each choice, most frequent first."""
        columns = [self.field_name, *([self.named_by] if self.named_by else [])]
        found = rows.order_by().values_list(*columns).annotate(number=Count("pk")).order_by("-number", *columns)
        return [
            (str(value), self.words(names[0] if names else value), number)
            for value, *names, number in found[:FACET_CHOICES_MAX]
            if value is not None
        ]

    def words_for(self, value: str) -> str:
        """Return the label of a value of the URL, which may be one that no row has."""
        try:
            return self.words(value)
        except (KeyError, ValueError):
            return value

    def names(self, rows: QuerySet[Any], values: Sequence[str]) -> dict[str, str]:
        """Return labels of values from the column that names them, ignoring filters."""
        if not values or self.named_by is None:
            return {}
        found = rows.order_by().filter(**{f"{self.field_name}__in": values})
        return {str(value): name for value, name in found.values_list(self.field_name, self.named_by).distinct()}


class Search(django_filters.CharFilter):
    """Rows that have every word of a search in any of the named columns."""

    def __init__(self, *, fields: Sequence[str], **options: Any) -> None:
        super().__init__(**{"label": "Search", **options})
        self.fields = fields

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        """Keep the rows in which each word is found."""
        return qs.filter(self.condition(value)) if value else qs

    def condition(self, value: str) -> Q:
        """Return the condition that each word is found in one of the columns."""
        found = Q()
        for word in value.split():
            anywhere = Q()
            for name in self.fields:
                anywhere |= Q(**{f"{name}__icontains": word})
            found &= anywhere
        return found

    def numbers(self, qs: QuerySet[Any], value: str, number: str) -> Iterable[int]:
        """Return what a column holds of the rows in which each word is found."""
        return self.filter(qs, value).values_list(number, flat=True).iterator()


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """One value that a facet offers, with how many rows it would give."""

    value: str
    words: str
    count: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class FacetList:
    """A facet with its choices."""

    name: str
    label: str
    choices: list[FacetChoice]

    @property
    def chosen(self) -> int:
        """How many choices are on."""
        return sum(choice.is_on for choice in self.choices)


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter that is on, and the URL without it."""

    label: str
    words: str
    url: str


class FilterSet(django_filters.FilterSet):
    """The filters of one table; `request` must be given."""

    request: HttpRequest

    @property
    def is_partial(self) -> bool:
        """Whether there are more rows than one search finds."""
        return False

    @property
    def has_search(self) -> bool:
        """Whether there is a search field `q`."""
        return "q" in self.filters

    @property
    def text(self) -> str:
        """What was searched for."""
        return str(self.data.get("q", ""))

    def facets(self) -> list[FacetList]:
        """Return each facet with its counts under all other filters.

        So a user sees what a second choice of the same facet would add.
        """
        if not hasattr(self, "_facets"):
            facets = {name: one for name, one in self.filters.items() if isinstance(one, Facet)}
            counted = cache_for_page(self.request, "facets", lambda: self.counted(facets))
            self._facets = [self._facet(name, one, counted[name]) for name, one in facets.items()]
        return self._facets

    def counted(self, facets: Mapping[str, Facet]) -> dict[str, list[tuple[str, str, int]]]:
        """Return value, words and number of rows of each choice of each facet."""
        return {name: one.counted(self._without(name)) for name, one in facets.items()}

    def _facet(self, name: str, one: Facet, counted: list[tuple[str, str, int]]) -> FacetList:
        chosen = self._values(name)
        absent = [value for value in chosen if value not in {row[0] for row in counted}]
        names = one.names(self.queryset, absent)
        missing = [(value, one.words_for(names.get(value, value)), 0) for value in absent]
        choices = [FacetChoice(value, words, count, value in chosen) for value, words, count in [*counted, *missing]]
        return FacetList(name, str(one.label), choices)

    def _without(self, left_out: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.queryset.all()
        self.is_valid()
        for name, value in self.form.cleaned_data.items():
            if name != left_out:
                rows = self.filters[name].filter(rows, value)
        return rows

    def _values(self, name: str) -> list[str]:
        return texts(self.request, name)

    def chips(self) -> list[FilterChip]:
        """Return what is on, each with the URL that takes it off."""
        words = {(facet.name, choice.value): choice.words for facet in self.facets() for choice in facet.choices}
        return [chip for name in self.filters for chip in self._chips(name, words)]

    def _chips(self, name: str, words: Mapping[tuple[str, str], str]) -> list[FilterChip]:
        label, values = str(self.filters[name].label), self._values(name)
        return [
            FilterChip(
                label,
                words.get((name, value), value),
                here_with(self.request, **{name: [other for other in values if other != value]}),
            )
            for value in values
        ]
