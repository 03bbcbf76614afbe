"""The coverage matrix: each tool in each account-region, and what it adds up to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.models import AwsAccount
from posture.core.coverage import Cell, State, Tool, tools

RANK = {State.ON: 0, State.PARTLY: 1, State.UNKNOWN: 2, State.OFF: 3}
"""From covered to uncovered; NOT_OFFERED has no rank."""


@dataclass(frozen=True, slots=True)
class ToolLocation:
    """One tool in one region of one account."""

    account: AwsAccount
    region: str
    tool: Tool
    cell: Cell
    before: State | None
    """Its state at the time of comparison, if known."""
    workloads: int
    """Instances and data stores in the region."""

    @property
    def state(self) -> str:
        """The state; `empty` if the tool is off and nothing runs there."""
        if self.cell.state is State.OFF and not self.workloads:
            return "empty"
        return self.cell.state.value

    @property
    def moved(self) -> str:
        """`gained` or `lost` since the time of comparison; empty if unknown at either."""
        if self.before is None or self.before not in RANK or self.cell.state not in RANK:
            return ""
        if State.UNKNOWN in {self.before, self.cell.state}:
            return ""
        step = RANK[self.before] - RANK[self.cell.state]
        return "gained" if step > 0 else "lost" if step < 0 else ""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account: each tool's state by region."""

    account: AwsAccount
    cells: Sequence[tuple[Tool, Sequence[ToolLocation]]]


@dataclass(frozen=True, slots=True)
class ToolSummary:
    """The number of account-regions of one tool by state."""

    tool: Tool
    on: int
    partly: int
    off: int
    """Where something runs."""
    unknown: int
    empty: int
    """Off where nothing runs: part of the total, but not uncovered."""

    @property
    def total(self) -> int:
        """The number of account-regions in which AWS offers the tool."""
        return self.on + self.partly + self.off + self.unknown + self.empty

    @property
    def share(self) -> float | None:
        """The share in which it is fully on; None if it is offered nowhere."""
        return self.on / self.total if self.total else None

    @property
    def lacking(self) -> int:
        """The number of account-regions in which it is known not to be fully on."""
        return self.partly + self.off + self.empty

    @property
    def step(self) -> str:
        """The step of class `pl-cell-…`: 4 all, 3 most, 2 some or in part, 0 none."""
        if self.share is None or self.total == self.empty:
            return "none"
        if self.unknown + self.empty == self.total:
            return "unseen"
        if self.share in {0.0, 1.0}:
            return "4" if self.share else "2" if self.partly else "0"
        return "3" if self.share >= 0.5 else "2"  # noqa: PLR2004 - half of them


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """One gap of one tool in all account-regions that share it."""

    tool: Tool
    state: str
    detail: str
    locations: Sequence[ToolLocation]

    @property
    def workloads(self) -> int:
        """The number of workloads in these account-regions."""
        return sum(location.workloads for location in self.locations)

    @property
    def accounts(self) -> list[AwsAccount]:
        """The accounts, each once, those with most workloads first."""
        return list(dict.fromkeys(location.account for location in self.locations))


@dataclass(frozen=True, slots=True)
class Matrix:
    """The matrix of a scope."""

    regions: Sequence[str]
    rows: Sequence[AccountRow]
    summaries: Sequence[ToolSummary]
    uncovered: Sequence[ToolLocation]
    """Where something runs and the tool is off, partly on or unknown; most workloads first."""
    moved: Sequence[ToolLocation]

    @property
    def gaps(self) -> list[CoverageGap]:
        """The uncovered account-regions by what is missing, most workloads first."""
        grouped: dict[tuple[str, str, str], list[ToolLocation]] = defaultdict(list)
        for location in self.uncovered:
            grouped[location.tool.id, location.state, location.cell.detail].append(location)
        gaps = [CoverageGap(found[0].tool, state, detail, found) for (_, state, detail), found in grouped.items()]
        return sorted(gaps, key=lambda gap: (gap.state == State.PARTLY, -gap.workloads))


def summarize(tool: Tool, locations: Iterable[ToolLocation]) -> ToolSummary:
    """Count the states of one tool."""
    counted = Counter(location.state for location in locations if location.tool.id == tool.id)
    return ToolSummary(tool, *(counted[state] for state in (State.ON, State.PARTLY, State.OFF, State.UNKNOWN, "empty")))


NO_UNIT = "none"
"""The id of accounts without a unit, in URLs."""


def unit_id(account: AwsAccount) -> str:
    """Return the id of an account's unit, `NO_UNIT` without one."""
    return account.unit.ou_id if account.unit else NO_UNIT


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One organizational unit with the numbers of each tool."""

    name: str
    ou_id: str
    summaries: Sequence[ToolSummary]


def by_unit(drawn: Matrix) -> list[UnitRow]:
    """Sum the matrix by unit, for the overview."""
    units: dict[tuple[str, str], list[ToolLocation]] = defaultdict(list)
    for row in drawn.rows:
        unit = row.account.unit
        key = (unit.name, unit.ou_id) if unit else ("No unit", "")
        units[key] += [location for _, found in row.cells for location in found]
    return [
        UnitRow(name, ou_id, [summarize(tool, locations) for tool in tools()])
        for (name, ou_id), locations in sorted(units.items())
    ]
