"""The tree map of accounts by unit, and the summary of accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.access import units_seen_by
from accounts.models import OrganizationalUnit, User
from posture.core.score import Band, mean
from posture.drawing import treemap
from posture.history.query import load_points
from posture.history.scope import Scope
from posture.pages.organization.account_status import LOOK_WORDS, AccountStatus, Look
from posture.pages.organization.tree import LOW_SCORE
from posture.web import parameters
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import NONE, figure, percent, plural

WIDE, TALL = 1116.0, 560.0
NARROW, NARROW_TALL = 322.0, 620.0
FLOOR_SHARE = 0.006
"""The share of the map that an account takes at least, where tiles carry names."""
ZOOMED_MAX = 450
"""Accounts of one unit up to which each is a link of its own."""
ROWS_MAX = 200
ROOT = "In no unit"
SIZES = ("resources", "weight")
COLOURS = ("score", "criticals")
CRITICALS = ((1, "c0"), (2, "c1"), (5, "c2"))
"""Open critical findings below each limit have that ground; from 5 on it is c3."""


@dataclass(frozen=True, slots=True)
class TreeMapMeasures:
    """How the map is drawn: the measures of a tile's size and colour."""

    size: str
    colour: str


@dataclass(frozen=True, slots=True)
class AccountsSummary:
    """Summary of accounts: mean score, low scores, and unread accounts."""

    count: int
    band: Band | None
    low: int
    critical: int
    looks: Sequence[tuple[Look, str, int]]

    @property
    def title(self) -> str:
        """The title, as a sentence."""
        accounts = plural(self.count, "account")
        if self.band is None:
            return f"{accounts}, none with a score yet"
        if not self.low:
            return f"{accounts}, every score {LOW_SCORE} or more"
        return f"{figure(self.low)} of {accounts} {'scores' if self.low == 1 else 'score'} under {LOW_SCORE}"


def summarize(rows: Sequence[AccountStatus]) -> AccountsSummary:
    """Summarize some accounts."""
    found = Counter(row.look for row in rows)
    return AccountsSummary(
        len(rows),
        mean((row.band, row.weight) for row in rows),
        sum(row.band is not None and row.band.low < LOW_SCORE for row in rows),
        sum(row.critical or 0 for row in rows),
        [(look, LOOK_WORDS[look].lower(), found[look]) for look in Look if look is not Look.SWEPT and found[look]],
    )


def chosen(request: HttpRequest) -> TreeMapMeasures:
    """Return the map's measures by the URL."""
    size = parameters.choice(request, "size", SIZES, "resources")
    return TreeMapMeasures(size, parameters.choice(request, "colour", COLOURS, "score"))


def units_above(scope: Scope, user: User) -> list[OrganizationalUnit]:
    """Return the units from the root to the scope's unit, if it has one."""
    if scope.unit is None:
        return []
    seen = units_seen_by(user).filter(organization=scope.organization)
    above = [one for one in seen if scope.unit.path.startswith(one.path)]
    return sorted(above, key=lambda one: len(one.path))


def account_map(request: HttpRequest, scope: Scope, rows: Sequence[AccountStatus], how: TreeMapMeasures) -> Panel:
    """Return the accounts as tiles by unit, in the chosen size and colour."""
    units = _units(request, scope, rows, how)
    named = ZOOMED_MAX if len(units) == 1 or scope.unit is not None else treemap.NAMED_TILES_MAX
    title = _title(rows, units, how)
    return Panel(
        title,
        "The table",
        url_in_scope(request, "organization:table"),
        treemap.draw(units, title, WIDE, TALL, named),
        ("Account", "Unit", "State", "Score", "Critical", "Not seen"),
        list(_lines(rows)),
        treemap.draw(units, title, NARROW, NARROW_TALL, min(named, treemap.NAMED_TILES_MAX)),
    )


def _units(
    request: HttpRequest, scope: Scope, rows: Sequence[AccountStatus], how: TreeMapMeasures
) -> list[treemap.UnitTiles]:
    sizes = _sizes(scope, rows, how)
    by_unit: dict[int | None, list[AccountStatus]] = {}
    for row in rows:
        by_unit.setdefault(row.account.unit_id, []).append(row)
    known = OrganizationalUnit.objects.in_bulk([pk for pk in by_unit if pk])
    return [_unit(request, known.get(pk or 0), some, sizes, how) for pk, some in by_unit.items()]


def _sizes(scope: Scope, rows: Sequence[AccountStatus], how: TreeMapMeasures) -> Mapping[int, float]:
    """Return the size of each tile, at least the smallest visible one."""
    points = load_points(scope, scope.as_of) if how.size == "resources" else {}
    found = {
        row.account.pk: row.weight
        if how.size == "weight"
        else float(points[row.account.pk].resources)
        if row.account.pk in points
        else 0.0
        for row in rows
    }
    share = FLOOR_SHARE if len(rows) <= treemap.NAMED_TILES_MAX else FLOOR_SHARE / 30
    floor = max(sum(found.values()) * share, 0.01)
    return {pk: max(size, floor) for pk, size in found.items()}


def _unit(
    request: HttpRequest,
    unit: OrganizationalUnit | None,
    rows: Sequence[AccountStatus],
    sizes: Mapping[int, float],
    how: TreeMapMeasures,
) -> treemap.UnitTiles:
    tiles = [_tile(request, row, sizes[row.account.pk], how) for row in rows]
    query: dict[str, object] = {"size": how.size, "colour": how.colour}
    url = url_in_scope(request, "organization:map", None, ou=unit.ou_id, account="", **query) if unit else ""
    band = mean((row.band, row.weight) for row in rows)
    return treemap.UnitTiles(unit.name if unit else ROOT, url, tiles, band.low if band else None)


def _tile(request: HttpRequest, row: AccountStatus, size: float, how: TreeMapMeasures) -> treemap.AccountTile:
    return treemap.AccountTile(
        name=row.name,
        url=url_in_scope(request, "organization:account", {"account_id": row.account_id}),
        size=size,
        low=row.band.low if row.band else None,
        high=row.band.high if row.band else None,
        unseen=row.blind_share or 0.0,
        criticals=row.critical or 0,
        change=row.change,
        note=row.look_words.lower(),
        is_stale=row.look is not Look.SWEPT,
        ground=_ground(row) if how.colour == "criticals" else "",
    )


def _ground(row: AccountStatus) -> str:
    if row.critical is None:
        return "none"
    return next((name for limit, name in CRITICALS if row.critical < limit), "c3")


def _title(rows: Sequence[AccountStatus], units: Sequence[treemap.UnitTiles], how: TreeMapMeasures) -> str:
    if how.colour == "criticals":
        return _criticals_title([row for row in rows if row.critical])
    means = {unit.name: unit.mean for unit in units if unit.mean is not None}
    if not means:
        return "Accounts by unit"
    lowest = min(means, key=lambda name: (means[name], name))
    if len(means) == 1:
        return f"{lowest} has a mean score of {means[lowest]:.0f}"
    return f"{lowest} has the lowest mean score, {means[lowest]:.0f}"


def _criticals_title(rows: Sequence[AccountStatus]) -> str:
    if not rows:
        return "No critical finding is open"
    total = sum(row.critical or 0 for row in rows)
    most = max(rows, key=lambda row: row.critical or 0)
    if len(rows) == 1:
        return f"{plural(total, 'critical finding')} in {most.name} alone"
    return f"{plural(total, 'critical finding')} in {plural(len(rows), 'account')}, most in {most.name}"


def _lines(rows: Sequence[AccountStatus]) -> Iterator[Sequence[str]]:
    for row in rows[:ROWS_MAX]:
        score = treemap.score_words(row.band.low, row.band.high) if row.band else "no score"
        unseen = NONE if row.blind_share is None else percent(row.blind_share)
        yield row.name, row.unit or ROOT, row.look_words or "Active", score, figure(row.critical), unseen
