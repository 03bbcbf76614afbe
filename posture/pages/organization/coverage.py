"""Coverage of one account by AWS's security tools, region by region."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from posture.core import coverage
from posture.core.coverage import Cell, State, Tool
from posture.core.gap import Gap
from posture.core.resource import GLOBAL, Resource
from posture.history import query
from posture.history.query import AnyGap, ResourceRecord
from posture.history.scope import Scope

LOOKS = {
    State.ON: ("pl-cell-4", "On"),
    State.PARTLY: ("pl-cell-2", "Partly"),
    State.OFF: ("pl-cell-0", "Off"),
    State.UNKNOWN: ("pl-cell-unseen pl-unseen", "Not seen"),
    State.NOT_OFFERED: ("pl-cell-none", "Not offered"),
}


@dataclass(frozen=True, slots=True)
class RegionState:
    """The state of one tool in one region, as it is shown."""

    cell: Cell

    @property
    def look(self) -> str:
        """Its classes."""
        return LOOKS[self.cell.state][0]

    @property
    def words(self) -> str:
        """The state in words."""
        return LOOKS[self.cell.state][1]


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """One tool over all regions; a global tool has one state."""

    tool: Tool
    states: Sequence[RegionState]


@dataclass(frozen=True, slots=True)
class Grid:
    """All tools over the regions that are swept."""

    regions: Sequence[str]
    lines: Sequence[CoverageLine]


TYPES = frozenset(kind for tool in coverage.tools() for kind in tool.reads)
"""Types of resources that coverage depends on."""


def grid(scope: Scope, around: Scope, watched: Iterable[ResourceRecord], refused: Iterable[AnyGap]) -> Grid:
    """Return the coverage of the scope's account; `around` is the user's whole scope.

    `watched` are the account's resources of `TYPES`, and `refused` its gaps.
    """
    account = scope.account
    if account is None:
        raise ValueError("The scope must be of one account.")
    own = [record.as_resource() for record in watched]
    shared = query.resources(around).filter(type__in=coverage.SHARED).exclude(account_id=account.pk)
    others = [one for record in shared if coverage.covers_all(one := record.as_resource())]
    gaps = [gap.as_gap() for gap in refused]
    regions = account.organization.regions or _regions(scope)
    return Grid(regions, [_line(tool, regions, own, gaps, others) for tool in coverage.tools()])


def _regions(scope: Scope) -> list[str]:
    """Return regions with resources, if no regions are configured."""
    return [region for region in query.load_resources(scope).words["region"] if region != GLOBAL]


def _line(
    tool: Tool, regions: Sequence[str], own: Sequence[Resource], gaps: Sequence[Gap], others: Sequence[Resource]
) -> CoverageLine:
    where = regions if tool.regional else [GLOBAL]
    return CoverageLine(tool, [RegionState(coverage.assess(tool, region, own, gaps, others)) for region in where])
