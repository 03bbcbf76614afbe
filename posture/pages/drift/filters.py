"""The filters of drift's lists: their choices are counted together, in one pass over the changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import EmptyResultSet
from django.db import connection

from accounts.models import AwsAccount
from posture.checks import title_of
from posture.core.gap import ANY
from posture.core.outcome import Severity
from posture.history.query import NO_CHANGES, ChangeRows
from posture.pages.drift.change_lists import Telling
from posture.pages.drift.words import OPENED, closed_as
from posture.web.filters import FACET_CHOICES_MAX, Facet, FilterSet, Search
from posture.web.scoping import scope_of

Counted = list[tuple[str, str, int]]
"""Value, words and number of rows of each choice of a facet."""
ACCOUNT = "account_id"
TYPE, REGION = 0, 1
"""Places in the name of a resource's change."""
CHECK, SEVERITY, REGION_OF_FINDING, REASON = 0, 1, 3, 4
"""Places in the name of a finding's."""


class ChangeFilters(FilterSet):
    """Facets that are counted in what the journal tells; where it does not, in the rows, in one pass."""

    telling: Telling | None = None
    """Set by the page that lists them."""
    places: ClassVar[Mapping[str, int]] = {}
    """Where each facet's value stands in the name of a change, but for that of accounts."""

    def counted(self, facets: Mapping[str, Facet]) -> dict[str, Counted]:
        """Return value, words and number of rows of each choice of each facet."""
        if self.telling is None or not self._known.issuperset(facets):
            return self._counted_in_rows(facets)
        if not self._on and self.telling.sums is not None:
            return {name: self._choices_of(name, one, self.telling.sums[name]) for name, one in facets.items()}
        if not self.are_told:
            return self._counted_in_rows(facets)
        return {name: self._choices_of(name, one, self._numbers_of(name)) for name, one in facets.items()}

    @cached_property
    def are_told(self) -> bool:
        """Tell whether the journal tells the changes that the filters leave."""
        return self.telling is not None and self._known.issuperset(self._on) and self.telling.told is not None

    def narrowed(self, leaving_out: str = "") -> ChangeRows:
        """Return the changes that all filters leave but one, where `are_told`."""
        found = (self.telling and self.telling.told) or NO_CHANGES
        for name in self._on:
            values = set(self._values(name))
            if name == ACCOUNT and name != leaving_out:
                found = found.chosen(found.of_accounts(one.pk for one in self._accounts if one.account_id in values))
            elif name != leaving_out:
                found = found.chosen(found.having(self.places[name], values))
        return found

    @property
    def _known(self) -> set[str]:
        return {ACCOUNT, *self.places}

    @property
    def _on(self) -> list[str]:
        return [name for name in self.filters if self._values(name)]

    @property
    def _accounts(self) -> Sequence[AwsAccount]:
        return scope_of(self.request).accounts

    def _numbers_of(self, name: str) -> Mapping[Any, int]:
        left = self.narrowed(name)
        return left.by_account() if name == ACCOUNT else left.by_part(self.places[name])

    def _choices_of(self, name: str, one: Facet, numbers: Mapping[Any, int]) -> Counted:
        """Return the most frequent choices; of accounts the numbers are by primary key."""
        by_pk = scope_of(self.request).by_pk
        found = [
            (by_pk[key].account_id, by_pk[key].name, number) if name == ACCOUNT else (key, one.words(key), number)
            for key, number in numbers.items()
        ]
        return sorted(found, key=lambda each: (-each[2], each[0]))[:FACET_CHOICES_MAX]

    def _counted_in_rows(self, facets: Mapping[str, Facet]) -> dict[str, Counted]:
        alike = {name: one for name, one in facets.items() if not self._values(name)}
        found = _counted_together(self.qs, alike) if alike else {}
        return {
            name: found[name] if name in found else one.counted(self._without(name)) for name, one in facets.items()
        }


def _counted_together(rows: Any, facets: Mapping[str, Facet]) -> dict[str, Counted]:
    columns = {name: [one.field_name, *([one.named_by] if one.named_by else [])] for name, one in facets.items()}
    flat = list(dict.fromkeys(column for each in columns.values() for column in each))
    places = {name: [flat.index(column) for column in each] for name, each in columns.items()}
    try:
        inner, parameters = rows.order_by().values_list(*flat).query.sql_with_params()
    except EmptyResultSet:
        return {name: [] for name in facets}
    sets = ", ".join(f"({', '.join(f'c{place}' for place in each)})" for each in places.values())
    names = ", ".join(f"c{place}" for place in range(len(flat)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT grouping({names}), count(*), {names} FROM ({inner}) each ({names})"  # noqa: S608 - names of our own
            f" GROUP BY GROUPING SETS ({sets}) ORDER BY 2 DESC, {names}",
            parameters,
        )
        found = cursor.fetchall()
    of_set = {_bits(each, len(flat)): name for name, each in places.items()}
    rows_of: dict[str, list[Any]] = {name: [] for name in facets}
    for bits, number, *values in found:
        rows_of[of_set[bits]].append((number, values))
    return {name: _choices(one, places[name], rows_of[name][:FACET_CHOICES_MAX]) for name, one in facets.items()}


def _bits(places: list[int], width: int) -> int:
    """Return what PostgreSQL's `grouping` says of a set: a bit for each column that is not in it, the first highest."""
    return sum(1 << (width - 1 - place) for place in range(width) if place not in places)


def _choices(one: Facet, places: list[int], rows: list[Any]) -> Counted:
    value, name = places[0], places[-1]
    return [(str(row[value]), one.words(row[name]), number) for number, row in rows if row[value] is not None]


class FindingFilters(ChangeFilters):
    """Which findings are shown."""

    q = Search(fields=("resource_name", "resource_arn", "check_id"))
    places = {"check": CHECK, "severity": SEVERITY, "region": REGION_OF_FINDING, "reason": REASON}
    severity = Facet(label="Severity", numeric=True, words=lambda value: Severity(int(value)).label)
    check = Facet(label="Check", field_name="check_id", words=title_of)
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region", words=lambda value: value or "global")


class OpenedFilters(FindingFilters):
    """Which findings that opened are shown."""

    reason = Facet(label="Why", field_name="open_reason", words=lambda value: OPENED.get(str(value), str(value)))


class ResolvedFilters(FindingFilters):
    """Which findings that were resolved are shown."""

    reason = Facet(label="How", field_name="close_reason", words=lambda value: closed_as(str(value)))


class ResourceFilters(ChangeFilters):
    """Which resources are shown."""

    q = Search(fields=("name", "arn"))
    places = {"type": TYPE, "region": REGION}
    type = Facet(label="Type")
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region")


class GapFilters(ChangeFilters):
    """Which listings are shown."""

    q = Search(fields=("action", "error", "resource_type"))
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region", words=lambda value: "every region" if value == ANY else str(value))
