"""Open findings by severity and age, counted from columns.

The same grid on every page that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from posture.core.outcome import TIME_LIMITS, Severity
from posture.drawing.ages import AgeCell, AgeRow
from posture.history.query import EncodedRows, FilteredRows, Mask, to_micros
from posture.web.conditions import RowCondition

DAY = timedelta(days=1)


class Age(NamedTuple):
    """A range of ages: its value in the URL, its label, and its ends in days.

    No upper end is None.
    """

    value: str
    words: str
    least: int
    below: int | None


AGES = (
    Age("week", "under 7 d", 0, 7),
    Age("month", "7 to 30 d", 7, 30),
    Age("quarter", "30 to 90 d", 30, 90),
    Age("older", "over 90 d", 90, None),
)
HEADINGS = tuple(age.words for age in AGES)
BY_VALUE = {age.value: age for age in AGES}
SEVERITIES = tuple(sorted(Severity, reverse=True))

CellLink = Callable[[Severity, Age], str]


def is_late(severity: Severity, age: Age) -> bool:
    """Return whether all findings of a severity and age are past the time limit."""
    return timedelta(days=age.least) >= TIME_LIMITS[severity]


def bounds(age: Age, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return after what instant and up to what instant findings of an age were opened."""
    since = now - age.below * DAY if age.below is not None else None
    return since, now - age.least * DAY if age.least else None


@dataclass(frozen=True, slots=True)
class OfAge(RowCondition):
    """Findings that were opened within one of some spans before `now`."""

    ages: Collection[Age]
    now: datetime

    def sql(self) -> Q:
        """Return it for the database."""
        found = Q(pk__in=[])
        for age in self.ages:
            since, until = bounds(age, self.now)
            opened = Q(opened_at__gt=since) if since else Q()
            found |= opened & Q(opened_at__lte=until) if until else opened
        return found

    def mask_rows(self, rows: EncodedRows) -> Mask:
        """Return a mask over rows."""
        return np.isin(_ages(rows.at, self.now), [AGES.index(age) for age in self.ages])


@dataclass(frozen=True, slots=True)
class PastTimeLimit(RowCondition):
    """Findings that are open for longer than the policy allows for their severity."""

    now: datetime

    def sql(self) -> Q:
        """Return it for the database."""
        found = Q(pk__in=[])
        for severity, limit in TIME_LIMITS.items():
            found |= Q(severity=int(severity), opened_at__lte=self.now - limit)
        return found

    def mask_rows(self, rows: EncodedRows) -> Mask:
        """Return a mask over rows."""
        return late(rows, self.now)


def counts(narrowed: FilteredRows, now: datetime) -> NDArray[np.int64]:
    """Count findings by index in `SEVERITIES` and index in `AGES`."""
    rows = narrowed.rows
    chosen = narrowed.mask()
    number = np.bincount(
        severities(rows)[chosen] * len(AGES) + _ages(rows.at[chosen], now), minlength=len(SEVERITIES) * len(AGES)
    )
    return number.reshape(len(SEVERITIES), len(AGES))


def severities_of_cells(rows: EncodedRows) -> NDArray[np.int64]:
    """Return the place in `SEVERITIES` of each cell's severity."""
    place = {str(int(severity)): index for index, severity in enumerate(SEVERITIES)}
    words = np.array([place[word] for word in rows.words["severity"]], np.int64)
    found: NDArray[np.int64] = words[rows.codes["severity"]]
    return found


def severities(rows: EncodedRows) -> NDArray[np.int64]:
    """Return the place in `SEVERITIES` of each row's severity."""
    return severities_of_cells(rows)[rows.cell]


def grid(counted: NDArray[np.int64], link: CellLink, selected: Sequence[Severity] = SEVERITIES) -> list[AgeRow]:
    """Return the rows of the picture; `link` leads to the findings of a cell."""
    return [
        AgeRow(
            severity.label,
            severity.label.lower(),
            [
                AgeCell(number, link(severity, age), is_late(severity, age))
                for age, number in zip(AGES, of_severity, strict=True)
            ],
            is_selected=severity in selected,
        )
        for severity, of_severity in zip(SEVERITIES, counted.tolist(), strict=True)
    ]


def late(rows: EncodedRows, now: datetime) -> Mask:
    """Return for each row whether it is past the time limit of its severity."""
    limits = np.array([to_micros(now - TIME_LIMITS[severity]) for severity in SEVERITIES], np.int64)
    found: Mask = rows.at <= limits[severities(rows)]
    return found


def _ages(at: NDArray[np.int64], now: datetime) -> NDArray[np.int64]:
    """Return the place in `AGES` of each instant."""
    edges = [to_micros(now - age.below * DAY) for age in AGES if age.below is not None]
    # The edges fall: an instant is as many spans old as there are edges that it does not come after.
    place: NDArray[np.int64] = sum((at <= edge).astype(np.int64) for edge in edges)  # type: ignore[assignment]
    return place
