"""Changes of one kind as pages show them: the first of them, in the order in which people want them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from posture.drift import groups
from posture.drift.words import left_as
from posture.history.read.changes import leavings

EXAMPLES = 25
"""Changes of one kind that are shown at once."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Changes of one kind in a group: the first of them, and how many more there are."""

    kind: str
    rows: Sequence[Any]
    more: int

    @property
    def is_findings(self) -> bool:
        """Tell whether they are findings."""
        return self.kind in groups.FINDINGS

    @property
    def is_gaps(self) -> bool:
        """Tell whether they are listings."""
        return self.kind in groups.GAPS

    @property
    def opens(self) -> bool:
        """Tell whether a row opens to a difference."""
        return self.kind in {"changed", "sight"}

    @property
    def clusters(self) -> list[list[Any]]:
        """The rows together that fail one check, or are of one type."""
        name = "check_id" if self.is_findings else "type"
        return [list(rows) for _, rows in groupby(self.rows, key=attrgetter(name))]

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
    "sight": "Resources of which fields were lost or regained",
    "gaps_opened": "Listings lost sight of",
    "gaps_closed": "Listings seen again",
}


def listed_of(kind: str, rows: Any, until: datetime, count: int | None = None) -> Listed:
    """Return the first changes of a kind up to `until`, and how many more: as many as `count`, where that is known.

    Removed resources are told when and why they went, as `left_at` and `left_as`.
    """
    count = rows.count() if count is None else count
    found = list(ordered(kind, rows)[:EXAMPLES]) if count else []
    if kind == "removed":
        left = leavings(found, until)
        for row in found:
            row.left_at, row.left_as = left[row.resource_id][0], left_as(left[row.resource_id][1])
    return Listed(kind, found, max(0, count - EXAMPLES))


def ordered(kind: str, rows: Any) -> Any:
    """Return rows in the order in which people want them: what is grave first, else what is new first."""
    if kind in groups.FINDINGS:
        return rows.order_by("-severity", "check_id", "-closed_at" if kind == "resolved" else "-opened_at", "id")
    if kind in groups.GAPS:
        return rows.order_by("-opened_at", "region", "resource_type")
    return rows.order_by("type", "name", "id")
