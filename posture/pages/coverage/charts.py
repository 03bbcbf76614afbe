"""Coverage marks: by unit for the overview, by account and region for its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.models import AwsAccount
from posture.core.coverage import State, Tool, tools
from posture.drawing import marks
from posture.drawing.marks import StateCell, StateMark, StateRow
from posture.pages.coverage.matrix import NO_UNIT, AccountRow, ToolLocation, ToolSummary, UnitRow, unit_id
from posture.pages.coverage.state_grid import WORDS
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import joined, plural

OTHERS = "Others"


def by_unit(request: HttpRequest, units: Sequence[UnitRow]) -> Panel:
    """Return tools by unit, the one complete in the fewest units first."""
    shown = _shown(units)
    rows = sorted(
        (_row(request, tool, index, shown) for index, tool in enumerate(tools())),
        key=lambda row: (sum(cell.mark is StateMark.ON for cell in row.cells), row.name),
    )
    title = _title(rows, len(shown))
    names = [unit.name for unit in shown]
    url = url_in_scope(request, "coverage:matrix")
    numbers = [(row.name, *map(_state, row.cells), row.figure) for row in rows]
    return Panel(title, "Coverage", url, marks.draw(names, rows, title), ("Tool", *names, "Complete"), numbers)


def _state(cell: StateCell) -> str:
    """Return the state in a cell's title."""
    return cell.title.partition(": ")[2]


def _shown(units: Sequence[UnitRow]) -> list[UnitRow]:
    """Return the units with most gaps by name, and the others as one."""
    if len(units) <= marks.COLUMNS_MAX:
        return list(units)
    worst = sorted(units, key=lambda unit: -sum(one.lacking + one.unknown for one in unit.summaries))
    named = sorted(worst[: marks.COLUMNS_MAX - 1], key=lambda unit: unit.name)
    rest = worst[marks.COLUMNS_MAX - 1 :]
    summed = [_sum([unit.summaries[index] for unit in rest]) for index in range(len(tools()))]
    return [*named, UnitRow(OTHERS, "", summed)]


def _sum(found: Sequence[ToolSummary]) -> ToolSummary:
    return replace(
        found[0],
        on=sum(one.on for one in found),
        partly=sum(one.partly for one in found),
        off=sum(one.off for one in found),
        unknown=sum(one.unknown for one in found),
        empty=sum(one.empty for one in found),
    )


def _row(request: HttpRequest, tool: Tool, index: int, units: Sequence[UnitRow]) -> StateRow:
    cells = [_cell(request, tool, unit, unit.summaries[index]) for unit in units]
    complete = sum(cell.mark is StateMark.ON for cell in cells)
    url = url_in_scope(request, "coverage:matrix", None, tool=tool.id)
    return StateRow(tool.title, cells, f"{complete} of {len(cells)}", f"{url}#matrix")


def _cell(request: HttpRequest, tool: Tool, unit: UnitRow, one: ToolSummary) -> StateCell:
    changed: dict[str, object] = {"ou": unit.ou_id, "account": ""} if unit.ou_id else {}
    return StateCell(
        _mark(one),
        f"{tool.title} in {unit.name}: {_words(one)}",
        url_in_scope(request, "coverage:matrix", None, tool=tool.id, **changed) + "#matrix",
    )


def _mark(one: ToolSummary) -> StateMark:
    """Return a tool's mark for a unit: on only if on wherever something runs."""
    if not one.total or one.total == one.empty:
        return StateMark.NONE
    if one.on + one.empty == one.total:
        return StateMark.ON
    if one.unknown and not (one.on or one.partly or one.off):
        return StateMark.UNSEEN
    return StateMark.PARTLY if one.on or one.partly else StateMark.OFF


def _words(one: ToolSummary) -> str:
    if not one.total:
        return "not offered by AWS"
    parts = {
        "on": one.on,
        "partly on": one.partly,
        "off": one.off,
        "unknown": one.unknown,
        "off where nothing runs": one.empty,
    }
    said = ", ".join(f"{words} in {number}" for words, number in parts.items() if number)
    return f"{said} of {plural(one.total, 'account-region')}"


def _title(rows: Sequence[StateRow], units: int) -> str:
    """Return the point: the tool that is complete in the fewest units but in some."""
    lacking = [row for row in rows if any(cell.mark is not StateMark.ON for cell in row.cells)]
    if not lacking:
        return "Every AWS tool is on everywhere"
    started = next((row for row in lacking if any(cell.mark is StateMark.ON for cell in row.cells)), lacking[0])
    return f"{started.name} is complete in {started.figure} {'units' if units != 1 else 'unit'}"


MARKS = {
    "on": StateMark.ON,
    "partly": StateMark.PARTLY,
    "off": StateMark.OFF,
    "unknown": StateMark.UNSEEN,
    "empty": StateMark.NONE,
    "not_offered": StateMark.ABSENT,
}
OFF_NAMED = 2
"""Tools that an account's row names."""


@dataclass(frozen=True, slots=True)
class MarkCell:
    """One tool in one account: a mark per region."""

    tool: Tool
    drawing: SafeString
    is_quiet: bool
    """Nothing is off, partly on or unseen."""


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One account with its tools, and in words what is off where something runs."""

    account: AwsAccount
    cells: Sequence[MarkCell]
    words: str
    is_quiet: bool


@dataclass(frozen=True, slots=True)
class MarkUnit:
    """A unit with its accounts."""

    name: str
    rows: Sequence[MarkRow]


def by_account(rows: Sequence[AccountRow], chosen: str = "") -> list[MarkUnit]:
    """Return accounts by unit with a mark per region of each tool, or of `chosen`."""
    units: dict[tuple[str, str, str], list[MarkRow]] = {}
    for row in rows:
        unit = row.account.unit
        key = (unit.path, unit_id(row.account), unit.name) if unit else ("~", NO_UNIT, "No unit")
        units.setdefault(key, []).append(_mark_row(row, chosen))
    return [MarkUnit(key[2], sorted(units[key], key=lambda row: row.account.name)) for key in sorted(units)]


def _mark_row(row: AccountRow, chosen: str) -> MarkRow:
    cells = [_mark_cell(tool, locations) for tool, locations in row.cells if chosen in {"", tool.id}]
    words = _lacking(row, chosen) if chosen else _off(row)
    return MarkRow(row.account, cells, words or "nothing", all(cell.is_quiet for cell in cells))


def _off(row: AccountRow) -> str:
    """Return the tools that are off in an account where something runs."""
    off = [tool.title for tool, locations in row.cells if any(location.state == "off" for location in locations)]
    if len(off) > OFF_NAMED + 1:
        off = [*off[:OFF_NAMED], f"{len(off) - OFF_NAMED} more"]
    return joined(off)


def _lacking(row: AccountRow, chosen: str) -> str:
    """Return what one tool lacks in an account, each sentence once."""
    locations = [location for tool, found in row.cells if tool.id == chosen for location in found]
    return " ".join(
        dict.fromkeys(location.cell.detail for location in locations if location.state in {"off", "partly", "unknown"})
    )


def _mark_cell(tool: Tool, locations: Sequence[ToolLocation]) -> MarkCell:
    drawn = [StateCell(MARKS[location.state], _location_words(location)) for location in locations]
    label = ", ".join(f"{location.region} {WORDS[location.state]}" for location in locations)
    quiet = not any(location.state in {"off", "partly", "unknown"} for location in locations)
    return MarkCell(tool, marks.strip(drawn, [location.moved for location in locations], label), quiet)


def _location_words(location: ToolLocation) -> str:
    moved = f" ({location.moved})" if location.moved else ""
    return f"{location.tool.title}, {location.region}: {WORDS[location.state]}. {location.cell.detail}{moved}"


@dataclass(frozen=True, slots=True)
class ToolLines:
    """One tool in one account: a mark per region, and regions grouped by state."""

    tool: Tool
    drawing: SafeString
    lines: Sequence[SameRegions]
    is_quiet: bool
    words: str


@dataclass(frozen=True, slots=True)
class SameRegions:
    """Regions of an account in which a tool has the same state."""

    state: str
    words: str
    detail: str
    regions: Sequence[str]
    since: str
    administrator: str
    workloads: int
    moved: str


ATTENTION = ("off", "unknown", "partly", "on", "empty", "not_offered")


def of_account(row: AccountRow) -> list[ToolLines]:
    """Return each tool of an account, those that need attention first."""
    found = [_tool_lines(tool, locations) for tool, locations in row.cells]
    return sorted(found, key=lambda one: min(ATTENTION.index(line.state) for line in one.lines) if one.lines else 9)


def _tool_lines(tool: Tool, locations: Sequence[ToolLocation]) -> ToolLines:
    marked = _mark_cell(tool, locations)
    grouped: dict[tuple[str, str, str, str, str], list[ToolLocation]] = {}
    for location in locations:
        cell = location.cell
        key = (location.state, cell.detail, (cell.since or "")[:10], cell.administrator or "", location.moved)
        grouped.setdefault(key, []).append(location)
    lines = [_same(key, group) for key, group in grouped.items()]
    lines.sort(key=lambda line: (ATTENTION.index(line.state), -line.workloads))
    return ToolLines(tool, marked.drawing, lines, marked.is_quiet, _tool_words(tool, locations))


def _same(key: tuple[str, str, str, str, str], group: Sequence[ToolLocation]) -> SameRegions:
    state, detail, since, administrator, moved = key
    regions = [location.region for location in group]
    workloads = sum(location.workloads for location in group)
    return SameRegions(state, WORDS[state], detail, regions, since, administrator, workloads, moved)


SPOKEN = {
    "off": "off in {} where something runs",
    "unknown": "not seen in {}",
    "partly": "partly on in {}",
    "on": "on in {}",
    "empty": "off in {} where nothing runs",
    "not_offered": "not available in {}",
}


def _tool_words(tool: Tool, locations: Sequence[ToolLocation]) -> str:
    """Return in how many regions the tool is in which state, the worst first."""
    counted = {state: sum(location.state == state for location in locations) for state in ATTENTION}
    noun = "region" if tool.regional else "account"
    parts = [SPOKEN[state].format(plural(number, noun)) for state, number in counted.items() if number]
    return ", ".join(parts) or "in no region"


def account_title(row: AccountRow) -> str:
    """Return the title of an account's page: in how many regions a tool is off."""
    regional = [location for tool, locations in row.cells if tool.regional for location in locations]
    runs = {location.region for location in regional if location.workloads}
    off = {location.region for location in regional if location.state == "off"}
    unseen = {location.region for location in regional if location.cell.state is State.UNKNOWN}
    if off:
        return f"In {len(off)} of {plural(len(runs), 'region')} where something runs, an AWS tool is off"
    if unseen:
        return f"In {plural(len(unseen), 'region')} an AWS tool could not be seen"
    return "No AWS tool is off where something runs" if runs else "Nothing runs in this account"
