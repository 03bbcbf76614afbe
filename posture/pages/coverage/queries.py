"""How far AWS's own tools cover each account and region, and what lives where they do not; read from history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Sum
from django.db.models.functions import Coalesce

from accounts.models import AwsAccount
from posture.collectors import all_collectors
from posture.core import coverage
from posture.core.coverage import Cell, State, Tool, covers_all, tools
from posture.core.gap import ANY, Gap
from posture.core.resource import GLOBAL, Resource
from posture.history import query
from posture.history.query import list_shared_resources
from posture.history.scope import Scope
from posture.pages.coverage.state_grid import LETTERS, StateGrid

REGION = "AWS::Account::Region"
INSTANCE = "AWS::EC2::Instance"
RANK = {State.ON: 0, State.PARTLY: 1, State.UNKNOWN: 2, State.OFF: 3}
"""From covered to not; what is not offered is no step on this ladder."""


@dataclass(frozen=True, slots=True)
class Place:
    """One tool in one region of one account."""

    account: AwsAccount
    region: str
    tool: Tool
    cell: Cell
    before: State | None
    """How it stood at the time of comparison, where that was told."""
    workloads: int
    """Instances and data stores in the region: an empty region is not red."""

    @property
    def state(self) -> str:
        """The state, `empty` where the tool is off and nothing lives there."""
        if self.cell.state is State.OFF and not self.workloads:
            return "empty"
        return self.cell.state.value

    @property
    def moved(self) -> str:
        """`gained` or `lost` since the time of comparison, else empty; losing sight is neither."""
        if self.before is None or self.before not in RANK or self.cell.state not in RANK:
            return ""
        if State.UNKNOWN in {self.before, self.cell.state}:
            return ""
        step = RANK[self.before] - RANK[self.cell.state]
        return "gained" if step > 0 else "lost" if step < 0 else ""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account: its places by tool, each by region."""

    account: AwsAccount
    cells: Sequence[tuple[Tool, Sequence[Place]]]


@dataclass(frozen=True, slots=True)
class ToolSummary:
    """One tool over the scope: in how many places it is on, partly on, off or unknown, as the chart counts them."""

    tool: Tool
    on: int
    partly: int
    off: int
    """Where something lives."""
    unknown: int
    empty: int
    """Off where nothing lives: counted in the share, and held against nobody."""

    @property
    def total(self) -> int:
        """Return the number of places in which AWS offers the tool."""
        return self.on + self.partly + self.off + self.unknown + self.empty

    @property
    def share(self) -> float | None:
        """Return the share of all places in which it is fully on, None where it is offered in none."""
        return self.on / self.total if self.total else None

    @property
    def lacking(self) -> int:
        """Return in how many places it is known not to be fully on."""
        return self.partly + self.off + self.empty

    @property
    def step(self) -> str:
        """Return how good that is, for the class `pl-cell-…`: 4 all, 3 most, 2 some or in part, 0 none."""
        if self.share is None or self.total == self.empty:
            return "none"
        if self.unknown + self.empty == self.total:
            return "unseen"
        if self.share in {0.0, 1.0}:
            return "4" if self.share else "2" if self.partly else "0"
        return "3" if self.share >= 0.5 else "2"  # noqa: PLR2004 - half of them


@dataclass(frozen=True, slots=True)
class Hole:
    """One lack of one tool, in all the places that share it: most often one fix mends them together."""

    tool: Tool
    state: str
    detail: str
    places: Sequence[Place]

    @property
    def workloads(self) -> int:
        """Return how much lives in these places."""
        return sum(place.workloads for place in self.places)

    @property
    def accounts(self) -> list[AwsAccount]:
        """Return the accounts, each once, fullest first."""
        return list(dict.fromkeys(place.account for place in self.places))


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole page."""

    regions: Sequence[str]
    rows: Sequence[AccountRow]
    summaries: Sequence[ToolSummary]
    uncovered: Sequence[Place]
    """Places in which something lives and the tool is off, partly on or unknown; fullest first."""
    moved: Sequence[Place]

    @property
    def holes(self) -> list[Hole]:
        """Return the uncovered places grouped by what is lacking, the most that lives uncovered first."""
        grouped: dict[tuple[str, str, str], list[Place]] = defaultdict(list)
        for place in self.uncovered:
            grouped[place.tool.id, place.state, place.cell.detail].append(place)
        holes = [Hole(found[0].tool, state, detail, found) for (_, state, detail), found in grouped.items()]
        return sorted(holes, key=lambda hole: (hole.state == State.PARTLY, -hole.workloads))


def matrix(scope: Scope) -> Matrix:
    """Read the matrix as of the scope's date, with what moved since `compare_to`."""
    now, regions = _cells(scope)
    before, _ = _cells(replace(scope, as_of=scope.compare_to))
    lived = _workloads(scope)
    rows = [
        AccountRow(
            account,
            [(tool, _places(account, tool, regions.get(account.pk, ()), now, before, lived)) for tool in tools()],
        )
        for account in scope.accounts
        if account.pk in regions
    ]
    places = [place for row in rows for _, found in row.cells for place in found]
    return Matrix(
        regions=sorted({region for found in regions.values() for region in found}),
        rows=rows,
        summaries=[_summary(tool, places) for tool in tools()],
        uncovered=sorted(filter(_is_uncovered, places), key=lambda place: (-place.workloads, place.account.name)),
        moved=[place for place in places if place.moved],
    )


Key = tuple[int, str, str]
"""Account, region, tool."""


def _places(
    account: AwsAccount,
    tool: Tool,
    regions: Sequence[str],
    now: Mapping[Key, Cell],
    before: Mapping[Key, Cell],
    lived: Mapping[tuple[int, str], int],
) -> list[Place]:
    where = regions if tool.regional else (GLOBAL,)
    return [
        Place(
            account=account,
            region=region,
            tool=tool,
            cell=now[account.pk, region, tool.id],
            before=before[key].state if (key := (account.pk, region, tool.id)) in before else None,
            workloads=lived.get((account.pk, region if tool.regional else ANY), 0),
        )
        for region in where
    ]


def _cells(scope: Scope) -> tuple[dict[Key, Cell], dict[int, list[str]]]:
    types = sorted({kind for tool in tools() for kind in tool.reads} | {REGION})
    by_account: dict[int, list[Resource]] = defaultdict(list)
    for record in query.resources(scope).filter(type__in=types).select_related(None):
        record.account = scope.by_pk[record.account_id]  # one object each, not one a row
        by_account[record.account_id].append(record.as_resource())
    gaps: dict[int, list[Gap]] = defaultdict(list)
    for gap in query.gaps(scope).filter(resource_type__in=[*types, ANY]):
        gaps[gap.account_id].append(gap.as_gap())
    own = (one for found in by_account.values() for one in found if covers_all(one))
    shared = [*list_shared_resources(scope, types), *own]
    regions = _regions(scope, by_account, gaps)
    cells = {
        (account, region, tool.id): _cell(tool, region, by_account[account], gaps[account], shared)
        for account, found in regions.items()
        for tool in tools()
        for region in (found if tool.regional else [GLOBAL])
    }
    return cells, regions


def _cell(
    tool: Tool, region: str, resources: Sequence[Resource], gaps: Sequence[Gap], shared: Sequence[Resource]
) -> Cell:
    own = resources[0].account_id if resources else ""
    return coverage.assess(tool, region, resources, gaps, [one for one in shared if one.account_id != own])


def _regions(
    scope: Scope, resources: Mapping[int, Iterable[Resource]], gaps: Mapping[int, Iterable[Gap]]
) -> dict[int, list[str]]:
    """Return the regions of each account that was ever swept; a refused one is shown where others are."""
    known = {
        account: {one.region for one in found if one.type == REGION} | {gap.region for gap in gaps.get(account, ())}
        for account, found in resources.items()
    }
    everywhere = {region for found in known.values() for region in found} - {ANY, GLOBAL}
    swept = set(known) | set(gaps)
    return {
        account.pk: sorted((known.get(account.pk, set()) - {ANY, GLOBAL}) or everywhere)
        for account in scope.accounts
        if account.pk in swept
    }


def _workloads(scope: Scope) -> dict[tuple[int, str], int]:
    """Return how much lives in each region of each account, and under `ANY` in all of them."""
    types = [INSTANCE, *(kind for kind, one in all_collectors().items() if one.data_store)]
    counted = (
        query.resources(scope)
        .filter(type__in=types)
        .order_by()
        .values_list("account_id", "region")
        .annotate(number=Sum(Coalesce("members", 1)))
    )
    lived: dict[tuple[int, str], int] = defaultdict(int)
    for account, region, number in counted:
        lived[account, region] += number
        lived[account, ANY] += number
    return lived


def _is_uncovered(place: Place) -> bool:
    return place.workloads > 0 and place.cell.state in {State.OFF, State.PARTLY, State.UNKNOWN}


def _summary(tool: Tool, places: Iterable[Place]) -> ToolSummary:
    counted = Counter(place.state for place in places if place.tool.id == tool.id)
    return ToolSummary(tool, *(counted[state] for state in (State.ON, State.PARTLY, State.OFF, State.UNKNOWN, "empty")))


@dataclass(frozen=True, slots=True)
class Found:
    """What a hole says on the page: what is lacking, where first, and how far it reaches."""

    tool: Tool
    state: str
    detail: str
    accounts: Sequence[AwsAccount]
    more_accounts: int
    places: int
    workloads: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the matrix adds up to."""

    accounts: Sequence[int]
    """Primary keys of those that have a row."""
    regions: Sequence[str]
    summaries: Sequence[ToolSummary]
    uncovered: int
    holes: Sequence[Found]
    moved: Sequence[Moved]
    grid: StateGrid


@dataclass(frozen=True, slots=True)
class Moved:
    """A tool that came to watch in one place or many since the time of comparison, or ceased to."""

    tool: Tool
    is_gained: bool
    accounts: Sequence[AwsAccount]
    """Those that are named."""
    more_accounts: int
    places: int

    @property
    def kind(self) -> str:
        """Return `gained` or `lost`."""
        return "gained" if self.is_gained else "lost"


def moved(places: Iterable[Place]) -> list[Moved]:
    """Gather the places that moved by tool, lost ones first."""
    found: dict[tuple[bool, str], list[Place]] = {}
    for place in places:
        found.setdefault((place.moved == "gained", place.tool.id), []).append(place)
    return [_moved(is_gained, group) for (is_gained, _), group in sorted(found.items(), key=lambda pair: pair[0])]


def _moved(is_gained: bool, places: Sequence[Place]) -> Moved:  # noqa: FBT001 - half of the key
    accounts = list({place.account.pk: place.account for place in places}.values())
    return Moved(places[0].tool, is_gained, accounts[:NAMED], max(0, len(accounts) - NAMED), len(places))


MOST_HOLES, NAMED = 40, 3


def totals(scope: Scope) -> Totals:
    """Sum the whole matrix up; it is kept until the next sweep."""
    return query.get_or_compute(
        scope, "coverage", lambda: _totals(matrix(scope)), query.date_key(scope, scope.compare_to)
    )


def _totals(drawn: Matrix) -> Totals:
    holes = [
        Found(
            hole.tool, hole.state, hole.detail, hole.accounts[:NAMED], max(0, len(hole.accounts) - NAMED),
            len(hole.places), hole.workloads,
        )
        for hole in drawn.holes[:MOST_HOLES]
    ]  # fmt: skip
    accounts = [row.account.pk for row in drawn.rows]
    grid = _grid(drawn)
    return Totals(accounts, drawn.regions, drawn.summaries, len(drawn.uncovered), holes, moved(drawn.moved), grid)


def _grid(drawn: Matrix) -> StateGrid:
    states: dict[str, dict[int, str]] = {tool.id: {} for tool in tools()}
    moves: dict[str, dict[int, str]] = {tool.id: {} for tool in tools()}
    runs: dict[int, str] = {}
    for row in drawn.rows:
        for tool, found in row.cells:
            where = drawn.regions if tool.regional else (GLOBAL,)
            by_region = {place.region: place for place in found}
            pairs = [by_region.get(region) for region in where]
            states[tool.id][row.account.pk] = "".join(LETTERS[one.state] if one else "-" for one in pairs)
            moves[tool.id][row.account.pk] = "".join((one.moved[:1] or " ") if one else " " for one in pairs)
            if tool.regional:
                runs[row.account.pk] = "".join("1" if one and one.workloads else "0" for one in pairs)
    return StateGrid(tuple(drawn.regions), states, moves, runs)


def small(scope: Scope) -> tuple[Totals, Sequence[AccountRow]]:
    """Return what a matrix of few accounts adds up to, and its rows; both from one reading."""
    drawn = matrix(scope)
    return _totals(drawn), drawn.rows


def part(scope: Scope, accounts: Sequence[int]) -> Sequence[AccountRow]:
    """Return the rows of some of the accounts."""
    chosen = replace(scope, accounts=tuple(scope.by_pk[pk] for pk in accounts), sees_everything=False)
    return matrix(chosen).rows


NO_UNIT = "none"
"""Stands in URLs for the accounts that are in no unit."""


def unit_id(account: AwsAccount) -> str:
    """Return the id of an account's unit, `NO_UNIT` without one."""
    return account.unit.ou_id if account.unit else NO_UNIT


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One organizational unit: how each tool covers its places."""

    name: str
    ou_id: str
    summaries: Sequence[ToolSummary]


def by_unit(drawn: Matrix) -> list[UnitRow]:
    """Sum the matrix up by unit, for the overview."""
    units: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for row in drawn.rows:
        unit = row.account.unit
        key = (unit.name, unit.ou_id) if unit else ("No unit", "")
        units[key] += [place for _, found in row.cells for place in found]
    return [
        UnitRow(name, ou_id, [_summary(tool, places) for tool in tools()])
        for (name, ou_id), places in sorted(units.items())
    ]
