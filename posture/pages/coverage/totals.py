"""Totals of the coverage matrix: gaps, changes and states, small enough to cache."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.models import AwsAccount
from posture.core.coverage import Tool, tools
from posture.core.resource import GLOBAL
from posture.pages.coverage.matrix import Matrix, ToolLocation, ToolSummary
from posture.pages.coverage.state_grid import LETTERS, StateGrid

NOT_ENABLED = "Not enabled."
"""The detail of a tool that is off."""
GAPS_MAX, NAMED = 40, 3
"""Gaps that are kept, and accounts that each names."""


@dataclass(frozen=True, slots=True)
class GapSummary:
    """A gap as the page shows it: the tool's state, the first accounts, the extent."""

    tool: Tool
    state: str
    detail: str
    accounts: Sequence[AwsAccount]
    more_accounts: int
    locations: int
    workloads: int

    @property
    def reason(self) -> str:
        """The detail; empty if it only repeats the state."""
        return "" if self.detail == NOT_ENABLED else self.detail


@dataclass(frozen=True, slots=True)
class CoverageTotals:
    """The totals of a matrix."""

    accounts: Sequence[int]
    """Primary keys of accounts with a row."""
    regions: Sequence[str]
    summaries: Sequence[ToolSummary]
    uncovered: int
    gaps: Sequence[GapSummary]
    moved: Sequence[CoverageChange]
    grid: StateGrid


@dataclass(frozen=True, slots=True)
class CoverageChange:
    """A tool gained or lost in account-regions since the time of comparison."""

    tool: Tool
    is_gained: bool
    accounts: Sequence[AwsAccount]
    """The accounts that are named."""
    more_accounts: int
    locations: int

    @property
    def kind(self) -> str:
        """`gained` or `lost`."""
        return "gained" if self.is_gained else "lost"


def changes(locations: Iterable[ToolLocation]) -> list[CoverageChange]:
    """Group changed account-regions by tool, lost ones first."""
    found: dict[tuple[bool, str], list[ToolLocation]] = {}
    for location in locations:
        found.setdefault((location.moved == "gained", location.tool.id), []).append(location)
    return [_change(is_gained, group) for (is_gained, _), group in sorted(found.items(), key=lambda pair: pair[0])]


def _change(is_gained: bool, locations: Sequence[ToolLocation]) -> CoverageChange:  # noqa: FBT001 - half of the key
    accounts = list({location.account.pk: location.account for location in locations}.values())
    return CoverageChange(locations[0].tool, is_gained, accounts[:NAMED], max(0, len(accounts) - NAMED), len(locations))


def total(matrix: Matrix) -> CoverageTotals:
    """Sum a matrix."""
    gaps = [
        GapSummary(
            gap.tool, gap.state, gap.detail, gap.accounts[:NAMED], max(0, len(gap.accounts) - NAMED),
            len(gap.locations), gap.workloads,
        )
        for gap in matrix.gaps[:GAPS_MAX]
    ]  # fmt: skip
    accounts = [row.account.pk for row in matrix.rows]
    grid = _grid(matrix)
    return CoverageTotals(
        accounts, matrix.regions, matrix.summaries, len(matrix.uncovered), gaps, changes(matrix.moved), grid
    )


def _grid(matrix: Matrix) -> StateGrid:
    states: dict[str, dict[int, str]] = {tool.id: {} for tool in tools()}
    moves: dict[str, dict[int, str]] = {tool.id: {} for tool in tools()}
    runs: dict[int, str] = {}
    for row in matrix.rows:
        for tool, found in row.cells:
            where = matrix.regions if tool.regional else (GLOBAL,)
            by_region = {location.region: location for location in found}
            pairs = [by_region.get(region) for region in where]
            states[tool.id][row.account.pk] = "".join(LETTERS[one.state] if one else "-" for one in pairs)
            moves[tool.id][row.account.pk] = "".join((one.moved[:1] or " ") if one else " " for one in pairs)
            if tool.regional:
                runs[row.account.pk] = "".join("1" if one and one.workloads else "0" for one in pairs)
    return StateGrid(tuple(matrix.regions), states, moves, runs)
