"""The heat map of one tool by unit, and one unit enlarged by region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest

from accounts.models import AwsAccount
from posture.core.coverage import Tool
from posture.drawing import heatmap
from posture.drawing.heatmap import HeatBand, HeatBlock, HeatGroup, HeatState
from posture.history.scope import Scope
from posture.pages.coverage import state_grid
from posture.pages.coverage.matrix import NO_UNIT as NO_UNIT_ID
from posture.pages.coverage.state_grid import Alike, StateGrid
from posture.web.pictures import Panel
from posture.web.scoping import here_with, url_in_scope
from posture.web.templatetags.words import figure, joined, percent, plural

CELLS = {
    state_grid.ON: HeatState.ON,
    state_grid.PARTLY: HeatState.PARTLY,
    state_grid.OFF: HeatState.OFF,
    state_grid.UNKNOWN: HeatState.UNSEEN,
    state_grid.EMPTY: HeatState.NONE,
    state_grid.NOT_OFFERED: HeatState.NOT_OFFERED,
    state_grid.OUTSIDE: HeatState.NOT_OFFERED,
}
COLUMNS = ("off", "unknown", "partly", "on", "empty", "not_offered")
"""States in the order of the table's columns."""
LABELS_MAX, LABEL_SHARE = 8, 0.02
"""Groups of accounts that are named, and the share of all off from which one is."""
SCATTERED_SHARE = 0.1
"""The share of all off from which a unit without such a group has no pattern."""
POINT_SHARE, POINT_GROUPS = 0.4, 4
"""The share of all off that the title reports for at most so many groups."""
ZOOM_LABELS, ZOOM_COLUMNS, LISTED = 6, 212, 12
"""Groups named in a unit, accounts with a link each, and groups listed below."""
NARROW_WIDTH = 324.0
NO_UNIT = "No unit"


STATES = ("Unit", "Accounts", "Off", "Not seen", "Partly", "On", "Nothing runs", "Not available")
"""Headings of the table of units."""


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A unit in the table: account-regions by state, each with the URL of its list."""

    name: str
    url: str
    accounts: int
    figures: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class AlikeAccounts:
    """Accounts in which a tool has the same state in every region, in words."""

    words: str
    accounts: Sequence[AwsAccount]


@dataclass(frozen=True, slots=True)
class Zoom:
    """One unit, region by region, with its accounts grouped by state."""

    panel: Panel
    alike: Sequence[AlikeAccounts]
    more: int
    """Groups that are not listed."""
    list_url: str
    close_url: str


@dataclass(frozen=True, slots=True)
class Heat:
    """One tool over all units, with its title and numbers."""

    panel: Panel
    rows: Sequence[UnitFigures]
    zoom: Zoom | None


@dataclass(frozen=True, slots=True)
class _UnitRow:
    """A unit's id and name, and its accounts grouped by state."""

    id: str
    name: str
    groups: Sequence[Alike]

    @property
    def off(self) -> int:
        """Return the account-regions in which the tool is off and something runs."""
        return sum(group.off for group in self.groups)

    @property
    def accounts(self) -> int:
        """Return the number of accounts."""
        return sum(len(group.accounts) for group in self.groups)

    def count(self, letters: str) -> int:
        """Return the account-regions with one of some letters."""
        return sum(sum(map(group.letters.count, letters)) * len(group.accounts) for group in self.groups)


@dataclass(frozen=True, slots=True)
class _HeatMapData:
    """The data that everything here is drawn from."""

    request: HttpRequest
    scope: Scope
    found: StateGrid
    tool: Tool

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions of the tool's letters."""
        return self.found.regions_of(self.tool)

    def list_url(self, **query: object) -> str:
        """Return the list of the tool's account-regions."""
        return url_in_scope(self.request, "coverage:list", None, tool=self.tool.id, **query)


def heat(request: HttpRequest, scope: Scope, found: StateGrid, tool: Tool, unit: str) -> Heat:
    """Return a tool's heat map by unit, with the unit of id `unit` enlarged."""
    drawing = _HeatMapData(request, scope, found, tool)
    units = _units(drawing)
    labels = _labels(drawing, units)
    title = _title(drawing, units, labels)
    bands = [HeatBand(name, positions) for name, positions in state_grid.by_geography(drawing.regions)]
    blocks = [_block(drawing, one, labels) for one in units]
    plain = [replace(block, groups=[replace(group, label="") for group in block.groups]) for block in blocks]
    chosen = next((one for one in units if one.id == unit), None)
    rows = [_figures(drawing, one) for one in units]
    panel = Panel(
        title,
        "",
        "",
        heatmap.draw(blocks, bands, title),
        STATES,
        [(row.name, row.accounts, *(number for number, _ in row.figures)) for row in rows],
        heatmap.draw(plain, bands, title, NARROW_WIDTH),
        id="heat",
        about=tool.title,
    )
    return Heat(
        panel,
        rows,
        _zoom(drawing, chosen, bands) if chosen else None,
    )


def _units(drawing: _HeatMapData) -> list[_UnitRow]:
    """Return the units that have accounts, in the order of the organization."""
    members: dict[tuple[str, str, str], list[int]] = {}
    for account in drawing.scope.accounts:
        unit = account.unit
        key = (unit.path, unit.ou_id, unit.name) if unit else ("~", NO_UNIT_ID, NO_UNIT)
        members.setdefault(key, []).append(account.pk)
    states = drawing.found.states[drawing.tool.id]
    units = [_UnitRow(key[1], key[2], state_grid.group_alike(states, members[key])) for key in sorted(members)]
    return [unit for unit in units if unit.groups]


def _labels(drawing: _HeatMapData, units: Sequence[_UnitRow]) -> dict[tuple[str, str], str]:
    """Return the words of the groups that are named, by unit and letters."""
    total = sum(unit.off for unit in units)
    unseen = sum(unit.count(state_grid.UNKNOWN) for unit in units)
    weighed = [
        (group.off, group.letters.count(state_grid.UNKNOWN) * len(group.accounts), unit, group)
        for unit in units
        for group in unit.groups
    ]
    largest = sorted(weighed, key=lambda each: (-each[0], -each[1]))[: LABELS_MAX + len(units)]
    found: dict[tuple[str, str], str] = {}
    for off, hidden, unit, group in largest:
        matters = off >= max(1, LABEL_SHARE * total) or (not off and hidden >= max(1, LABEL_SHARE * 10 * unseen))
        if matters and len(found) < LABELS_MAX:
            found[unit.id, group.letters] = _words(drawing, group)
    for unit in units:
        first = unit.groups[0]
        if unit.off >= SCATTERED_SHARE * total > 0 and not any(key[0] == unit.id for key in found):
            found[unit.id, first.letters] = "single regions, no pattern"
    return found


def _words(drawing: _HeatMapData, group: Alike) -> str:
    """Return a group in words: "38 accounts: off in Asia Pacific"."""
    accounts = len(group.accounts)
    who = plural(accounts, "account") if accounts > 1 else drawing.scope.by_pk[group.accounts[0]].name
    return f"{who}: {state_grid.sentence(group.letters, drawing.regions)}"


def _title(drawing: _HeatMapData, units: Sequence[_UnitRow], labels: Mapping[tuple[str, str], str]) -> str:
    total, name = sum(unit.off for unit in units), drawing.tool.title
    if not total:
        gaps = [(state_grid.UNKNOWN, "could not be seen"), (state_grid.PARTLY, "is partly on")]
        parts = [
            f"{name} {words} in {plural(number, 'account-region')}"
            for letter, words in gaps
            if (number := sum(unit.count(letter) for unit in units))
        ]
        return parts[0] if parts else f"{name} is on wherever something runs"
    named = [
        (group.off, unit.name)
        for unit in units
        for group in unit.groups
        if (unit.id, group.letters) in labels and group.off
    ]
    largest = sorted(named, key=lambda each: -each[0])[:POINT_GROUPS]
    made = sum(off for off, _ in largest)
    if len(units) < 2 or made < POINT_SHARE * total:  # noqa: PLR2004 - nothing to compare
        return f"{name} is off in {plural(total, 'account-region')} where something runs"
    where = joined(list(dict.fromkeys(unit for _, unit in largest)))
    if made == total:
        return f"Where {name} is off and something runs: {where}"
    blocks = plural(len(largest), "block")
    return f"{percent(made / total)} of where {name} is off is in {blocks} of accounts: {where}"


def _block(drawing: _HeatMapData, unit: _UnitRow, labels: Mapping[tuple[str, str], str]) -> HeatBlock:
    url = f"{here_with(drawing.request, tool=drawing.tool.id, unit=unit.id)}#unit"
    groups = [
        HeatGroup(_cells(each), len(each.accounts), labels.get((unit.id, each.letters), ""), url)
        for each in unit.groups
    ]
    return HeatBlock(unit.name, _note(unit), url, groups)


def _cells(group: Alike) -> list[HeatState]:
    return [CELLS[letter] for letter in group.letters]


def _note(unit: _UnitRow) -> str:
    """Return how many accounts a unit has, and the worst of what the tool is in it."""
    known = unit.count(state_grid.ON + state_grid.PARTLY + state_grid.OFF + state_grid.UNKNOWN)
    accounts = plural(unit.accounts, "account")
    for letter, words in ((state_grid.OFF, "off"), (state_grid.UNKNOWN, "not seen"), (state_grid.PARTLY, "partly")):
        if number := unit.count(letter):
            return f"{accounts} · {percent(number / known)} {words}"
    return f"{accounts} · {'on' if known else 'nothing runs'}"


def _figures(drawing: _HeatMapData, unit: _UnitRow) -> UnitFigures:
    figures = [
        (unit.count(state_grid.LETTERS[state]), drawing.list_url(state=state, unit=unit.id)) for state in COLUMNS
    ]
    url = f"{here_with(drawing.request, tool=drawing.tool.id, unit=unit.id)}#unit"
    return UnitFigures(unit.name, url, unit.accounts, figures)


def _zoom(drawing: _HeatMapData, unit: _UnitRow, bands: Sequence[HeatBand]) -> Zoom:
    off = _off_by_region(drawing, unit)
    title = _zoom_title(drawing, unit, off)
    alike = [_alike(drawing, each) for each in unit.groups[:LISTED]]
    panel = Panel(
        title,
        "",
        "",
        heatmap.zoom(_zoom_groups(drawing, unit), bands, drawing.regions, off, title),
        ("How", "Accounts"),
        [(one.words, len(one.accounts)) for one in alike],
        id="unit",
        about=f"{unit.name}, {drawing.tool.title}",
    )
    return Zoom(
        panel,
        alike,
        max(0, len(unit.groups) - LISTED),
        drawing.list_url(unit=unit.id),
        f"{here_with(drawing.request, tool=drawing.tool.id, unit='')}#matrix",
    )


def _zoom_groups(drawing: _HeatMapData, unit: _UnitRow) -> list[HeatGroup]:
    """Return the accounts that are alike; the largest groups have words."""
    labelled = {group.letters for group in sorted(unit.groups, key=lambda each: -len(each.accounts))[:ZOOM_LABELS]}
    has_links = unit.accounts <= ZOOM_COLUMNS
    return [
        HeatGroup(
            _cells(each),
            len(each.accounts),
            _words(drawing, each) if each.letters in labelled else "",
            f"#alike-{position}" if position <= LISTED else "",
            [_column(drawing, pk) for pk in each.accounts] if has_links else (),
        )
        for position, each in enumerate(unit.groups, 1)
    ]


def _off_by_region(drawing: _HeatMapData, unit: _UnitRow) -> list[tuple[int, str]]:
    """Return by region where the tool is off: the number of accounts, and their list."""
    return [
        (
            sum(len(each.accounts) for each in unit.groups if each.letters[position] == state_grid.OFF),
            drawing.list_url(state="off", unit=unit.id, region=region),
        )
        for position, region in enumerate(drawing.regions)
    ]


def _zoom_title(drawing: _HeatMapData, unit: _UnitRow, off: Iterable[tuple[int, str]]) -> str:
    accounts = sum(len(each.accounts) for each in unit.groups if state_grid.OFF in each.letters)
    if accounts:
        everywhere = f"{figure(accounts)} of {plural(unit.accounts, 'account')}"
        regions = sum(1 for number, _ in off if number)
        where = f" in up to {plural(regions, 'region')}" if drawing.tool.regional else ""
        return f"{unit.name}: {drawing.tool.title} is off in {everywhere}{where}"
    return f"{unit.name}: {_note(unit)}"


def _column(drawing: _HeatMapData, pk: int) -> tuple[str, str]:
    account = drawing.scope.by_pk[pk]
    url = url_in_scope(drawing.request, "coverage:account", {"account_id": account.account_id})
    return account.name, f"{url}#{drawing.tool.id}"


def _alike(drawing: _HeatMapData, group: Alike) -> AlikeAccounts:
    words = state_grid.sentence(group.letters, drawing.regions)
    accounts = [drawing.scope.by_pk[pk] for pk in group.accounts]
    return AlikeAccounts(words[:1].upper() + words[1:], accounts)
