"""Reads coverage through time: by AWS's own tools, and by Plumbline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection

from posture.history.query.series import load_score_series
from posture.history.scope import Scope
from posture.history.statements import load_statement

_COVERAGE_STEPS = load_statement(__file__, "coverage_steps")
"""Tool, instant, and by how many account-regions each state changed; what was before the period is its first step."""


@dataclass(frozen=True, slots=True)
class CoverageDay:
    """A tool at the end of a day with a sweep: its account-regions by state."""

    day: date
    on: int
    partly: int
    off: int
    unknown: int

    @property
    def locations(self) -> int:
        """All account-regions."""
        return self.on + self.partly + self.off + self.unknown

    @property
    def share(self) -> float | None:
        """The share of account-regions fully on, 0 to 1; None without any."""
        return self.on / self.locations if self.locations else None

    @property
    def seen_share(self) -> float | None:
        """The share of account-regions of known state, 0 to 1; None without any."""
        return 1 - self.unknown / self.locations if self.locations else None


@dataclass(frozen=True, slots=True)
class CoverageSeries:
    """Coverage by day: each tool's by id, and the visible share of the organization.

    Shares are 0 to 1.
    """

    days: list[date]
    tools: dict[str, list[CoverageDay]]
    visible: list[float]


def load_coverage_series(scope: Scope, since: datetime, until: datetime) -> CoverageSeries:
    """Return coverage at the end of each day with a sweep in a period, oldest first."""
    points = load_score_series(scope, since, until)
    days = [point.day for point in points]
    with connection.cursor() as cursor:
        cursor.execute(_COVERAGE_STEPS, {"accounts": scope.account_pks, "since": since, "until": until})
        moves = cursor.fetchall()
    by_tool: dict[str, list[tuple[datetime, tuple[int, ...]]]] = {}
    for tool, at, *counts in moves:
        by_tool.setdefault(tool, []).append((at, tuple(counts)))
    tools = {tool: _sum_by_day(days, steps) for tool, steps in by_tool.items()}
    return CoverageSeries(days, tools, [point.seen_share for point in points])


def _sum_by_day(days: Iterable[date], steps: list[tuple[datetime, tuple[int, ...]]]) -> list[CoverageDay]:
    """Add the steps up to each day's end."""
    found, total, waiting = [], (0, 0, 0, 0), list(reversed(steps))
    for day in days:
        while waiting and waiting[-1][0].astimezone(UTC).date() <= day:
            _, counts = waiting.pop()
            total = tuple(a + b for a, b in zip(total, counts, strict=True))  # type: ignore[assignment]  # four
        found.append(CoverageDay(day, *total))
    return found
