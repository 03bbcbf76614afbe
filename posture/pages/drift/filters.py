"""Filters of the lists of changes, whose choices are counted in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from psycopg.sql import SQL, Composed, Identifier

from accounts.models import AwsAccount
from posture.checks import title_of
from posture.core.gap import ANY
from posture.core.outcome import Severity
from posture.history.query import NO_CHANGES, ChangeRows
from posture.pages.drift.change_lists import LoggedChanges
from posture.pages.drift.words import OPENED, closed_as
from posture.web.filters import FACET_CHOICES_MAX, Facet, FilterSet, Search
from posture.web.scoping import scope_of

Counted = list[tuple[str, str, int]]
"""Value, words and number of rows of each choice of a facet."""
ACCOUNT = "account_id"
TYPE, REGION = 0, 1
"""Positions in the name of a resource's change."""
CHECK, SEVERITY, REGION_OF_FINDING, REASON = 0, 1, 3, 4
"""Positions in the name of a finding's change."""
_COUNTS_BY_SET = SQL(
    "SELECT grouping({names}), count(*), {names} FROM ({rows}) each ({names})"
    " GROUP BY GROUPING SETS ({sets}) ORDER BY 2 DESC, {names}"
)


class ChangeFilters(FilterSet):
    """Facets counted in the event log, or else in one pass over the rows."""

    logged: LoggedChanges | None = None
    """Set by the page that lists them."""
    positions: ClassVar[Mapping[str, int]] = {}
    """Position of each facet's value in the name of a change; accounts have none."""

    def counted(self, facets: Mapping[str, Facet]) -> dict[str, Counted]:
        """Return value, words and number of rows of each choice of each facet."""
        if self.logged is None or not self._known.issuperset(facets):
            return self._counted_in_rows(facets)
        if not self._on and self.logged.sums is not None:
            return {name: self._choices_of(name, one, self.logged.sums[name]) for name, one in facets.items()}
        if not self.are_logged:
            return self._counted_in_rows(facets)
        return {name: self._choices_of(name, one, self._numbers_of(name)) for name, one in facets.items()}

    @cached_property
    def are_logged(self) -> bool:
        """Return True where the event log has the changes that match."""
        return self.logged is not None and self._known.issuperset(self._on) and self.logged.rows is not None

    def narrowed(self, leaving_out: str = "") -> ChangeRows:
        """Return the changes that all filters leave but one, where `are_logged`."""
        found = (self.logged and self.logged.rows) or NO_CHANGES
        for name in self._on:
            values = set(self._values(name))
            if name == ACCOUNT and name != leaving_out:
                found = found.select(found.of_accounts(one.pk for one in self._accounts if one.account_id in values))
            elif name != leaving_out:
                found = found.select(found.having(self.positions[name], values))
        return found

    @property
    def _known(self) -> set[str]:
        return {ACCOUNT, *self.positions}

    @property
    def _on(self) -> list[str]:
        return [name for name in self.filters if self._values(name)]

    @property
    def _accounts(self) -> Sequence[AwsAccount]:
        return scope_of(self.request).accounts

    def _numbers_of(self, name: str) -> Mapping[Any, int]:
        left = self.narrowed(name)
        return left.by_account() if name == ACCOUNT else left.by_part(self.positions[name])

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
    positions = {name: [flat.index(column) for column in each] for name, each in columns.items()}
    try:
        inner, parameters = rows.order_by().values_list(*flat).query.sql_with_params()
    except EmptyResultSet:
        return {name: [] for name in facets}
    sets = SQL(", ").join(SQL("({})").format(_name_columns(each)) for each in positions.values())
    sql = _COUNTS_BY_SET.format(rows=SQL(inner), names=_name_columns(range(len(flat))), sets=sets)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found = cursor.fetchall()
    of_set = {_bits(each, len(flat)): name for name, each in positions.items()}
    rows_of: dict[str, list[Any]] = {name: [] for name in facets}
    for bits, number, *values in found:
        rows_of[of_set[bits]].append((number, values))
    return {name: _choices(one, positions[name], rows_of[name][:FACET_CHOICES_MAX]) for name, one in facets.items()}


def _name_columns(positions: Iterable[int]) -> Composed:
    """Return names of columns by position: those of the rows may occur twice."""
    return SQL(", ").join(Identifier(f"c{position}") for position in positions)


def _bits(positions: list[int], width: int) -> int:
    """Return PostgreSQL's `grouping` of a set: a bit for each column not in it.

    The first column is the highest bit.
    """
    return sum(1 << (width - 1 - position) for position in range(width) if position not in positions)


def _choices(one: Facet, positions: list[int], rows: list[Any]) -> Counted:
    value, name = positions[0], positions[-1]
    return [(str(row[value]), one.words(row[name]), number) for number, row in rows if row[value] is not None]


class ChangedFindingFilters(ChangeFilters):
    """Which findings are shown."""

    q = Search(fields=("resource_name", "resource_arn", "check_id"))
    positions = {"check": CHECK, "severity": SEVERITY, "region": REGION_OF_FINDING, "reason": REASON}
    severity = Facet(label="Severity", numeric=True, words=lambda value: Severity(int(value)).label)
    check = Facet(label="Check", field_name="check_id", words=title_of)
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region", words=lambda value: value or "global")


class OpenedFilters(ChangedFindingFilters):
    """Which findings that opened are shown."""

    reason = Facet(label="Why", field_name="open_reason", words=lambda value: OPENED.get(str(value), str(value)))


class ResolvedFilters(ChangedFindingFilters):
    """Which findings that were resolved are shown."""

    reason = Facet(label="How", field_name="close_reason", words=lambda value: closed_as(str(value)))


class ChangedResourceFilters(ChangeFilters):
    """Which resources are shown."""

    q = Search(fields=("name", "arn"))
    positions = {"type": TYPE, "region": REGION}
    type = Facet(label="Type")
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region")


class ChangedGapFilters(ChangeFilters):
    """Which listings are shown."""

    q = Search(fields=("action", "error", "resource_type"))
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region", words=lambda value: "every region" if value == ANY else str(value))
