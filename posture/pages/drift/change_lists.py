"""Changes of one kind as pages list them, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from posture.history.query import (
    NEWEST_FIRST,
    ChangeRows,
    Changes,
    load_removal_reasons,
    of_accounts,
    select_top,
    shrink,
)
from posture.pages.drift import group_keys, groups
from posture.pages.drift.words import left_as

EXAMPLES = 25
"""Changes of one kind that are shown at once."""
AROUND = 50_000
"""Rows that are found at once: a thousand pages of them, in some hundred thousand bytes."""
HIGHEST = 2**63 - 1
"""No id is higher."""
RESOURCES = (*groups.RESOURCES, "sight")
TYPE, TYPE_OF_FINDING = 0, 2
"""Position of the type in the name of a change."""


class LoggedChanges:
    """Changes of one kind in the event log, of one group where there is one."""

    def __init__(self, changes: Changes, kind: str, by: str = "", key: str = "") -> None:
        self.changes, self.kind, self.by, self.key = changes, kind, by, key

    @cached_property
    def rows(self) -> ChangeRows | None:
        """The changes one by one; None where the event log has not all of them."""
        if self.kind in groups.GAPS or self.by in {"practice", "severity"}:
            return None
        found = self.changes.load_rows(self.kind)
        if found is None or not self.by:
            return found
        if self.by == "type":
            return found.select(found.having(TYPE_OF_FINDING if self.kind in groups.FINDINGS else TYPE, {self.key}))
        keys = group_keys.of_accounts(self.changes.scope, self.by) or {}
        return found.select(found.of_accounts(pk for pk, mine in keys.items() if self.key in mine))

    @property
    def sums(self) -> Mapping[str, Mapping[Any, int]] | None:
        """Numbers by choice of each filter; None where the period is not counted so."""
        if self.by or self.kind not in RESOURCES:
            return None
        numbers = {
            "type": self.changes.resource_groups("type"),
            "account_id": self.changes.resource_groups("account_id"),
            "region": self.changes.regions,
        }
        return {
            name: {key: kinds[self.kind] for key, kinds in each.items() if kinds.get(self.kind)}
            for name, each in numbers.items()
        }


@dataclass(frozen=True, slots=True)
class ListedChanges:
    """Changes of one kind in a group: the first of them, and how many more there are."""

    kind: str
    rows: Sequence[Any]
    more: int

    @property
    def is_findings(self) -> bool:
        """Return True for findings."""
        return self.kind in groups.FINDINGS

    @property
    def is_gaps(self) -> bool:
        """Return True for listings."""
        return self.kind in groups.GAPS

    @property
    def opens(self) -> bool:
        """Return True where a row opens to a difference."""
        return self.kind in {"changed", "sight"}

    @property
    def clusters(self) -> list[list[Any]]:
        """Rows grouped by check, the most severe first, or by type."""
        found: dict[str, list[Any]] = {}
        for row in self.rows:
            found.setdefault(row.check_id if self.is_findings else row.type, []).append(row)
        clusters = list(found.values())
        return sorted(clusters, key=lambda rows: -rows[0].severity) if self.is_findings else clusters

    @property
    def heading(self) -> str:
        """What they are."""
        return HEADINGS[self.kind]


HEADINGS = {
    "opened": "Findings opened",
    "reopened": "Findings reopened",
    "resolved": "Findings resolved",
    "added": "Resources added",
    "removed": "Resources removed",
    "changed": "Resources changed",
    "sight": "Resources with fields lost or regained",
    "gaps_opened": "Listings no longer readable",
    "gaps_closed": "Listings seen again",
}


Around = tuple[NDArray[Any], NDArray[Any]]
"""Numbers of resources and of their accounts, in the order in which they are listed."""
NOBODY = np.zeros(0, np.uint8)


class LoggedRows:
    """Changed resources, newest first, in the order of the event log.

    A page reads its own rows alone. Of one time the highest number comes first. `found` caches what a function
    finds under a name: the pages around one are found with it, since whoever reads one reads the next.
    """

    def __init__(
        self, rows: QuerySet[Any], count: int, logged: Callable[[], ChangeRows], found: Callable[..., Any]
    ) -> None:
        self.rows, self.total, self.logged, self.found = rows, count, logged, found

    def __len__(self) -> int:
        return self.total

    def count(self) -> int:
        """Return how many rows there are."""
        return self.total

    def __getitem__(self, part: slice) -> list[Any]:
        start, stop, _ = part.indices(self.total)
        page = [*self._page(start, stop)]
        mine = of_accounts(self.rows, {account_pk for _, account_pk in page})
        rows = mine.order_by().filter(resource_id__in=[number for number, _ in page])
        by_number = {row.resource_id: row for row in rows}
        return [by_number[number] for number, _ in page if number in by_number]

    def _page(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        for first in range(start - start % AROUND, stop, AROUND):
            around: Around = self.found(f"logged:{first}", partial(self._from, first))
            page = slice(max(start - first, 0), stop - first)
            yield from zip(*(column[page].tolist() for column in around), strict=True)

    def _from(self, first: int) -> Around:
        logged = self.logged()
        if logged.number is None or not len(logged):
            return NOBODY, NOBODY
        page = select_top([-logged.at, -logged.number], first, first + AROUND)
        return shrink(logged.number[page]), shrink(logged.account[page])


def landmarks_of(logged: ChangeRows) -> dict[int, tuple[datetime, int]]:
    """Return the positions at which another time begins, each with a sort key.

    The list is newest first; a key is above that of its row.
    """
    found, place = dict[int, tuple[datetime, int]](), 0
    for at, number in logged.by_instant():
        found[place] = at, HIGHEST
        place += number
    return found


def listed_of(kind: str, rows: Any, until: datetime, count: int | None = None) -> ListedChanges:
    """Return the first changes of a kind up to `until`, and how many more.

    Removed resources get when and why they were removed, as `left_at` and `left_as`.
    """
    count = rows.count() if count is None else count
    found = list(ordered(kind, rows)[:EXAMPLES]) if count else []
    if kind == "removed":
        left = load_removal_reasons(found, until)
        for row in found:
            row.left_at, row.left_as = left[row.resource_id][0], left_as(left[row.resource_id][1])
    return ListedChanges(kind, found, max(0, count - EXAMPLES))


def ordered(kind: str, rows: Any) -> Any:
    """Return rows newest first, as the lists that they lead to.

    In any other order all that changed in an organization would be read to show a few: that takes seconds.
    """
    return rows.order_by(*NEWEST_FIRST[kind])
