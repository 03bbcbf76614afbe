"""Charts of the overview: accounts as a map, findings by age, score trend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from django.http import HttpRequest

from accounts.models import OrganizationalUnit
from posture.core.outcome import Severity
from posture.core.score import mean
from posture.drawing import ages as age_grid
from posture.drawing import treemap, trend
from posture.history import query
from posture.history.query import FAILING, AccountSummary, ChartEvent, DayPoint, FilteredRows, Triage, load_points
from posture.history.scope import Scope
from posture.pages.dashboard.unswept import Unswept
from posture.web import ages, parameters
from posture.web.pictures import Panel, PanelValue
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import day, figure, percent, plural
from posture.web.timeline import day_url

LOW_SCORE = 70
NAMED = 2
SMALLEST = 0.05
"""Points of the score from which on a day's movement is an event."""
ROOT, NOT_SWEPT = "In no unit", "Not swept"
FLOOR_SHARE = 0.012
"""The share of the whole map that an account takes at least, in maps whose tiles carry names."""


WIDE_WIDTH = 726
"""Pixels that two thirds of the overview have at 1440; what is wider is cut off at its right edge."""
NARROW_WIDTH = 324
"""Pixels that a panel has on a phone of 390."""


def account_map(
    request: HttpRequest, scope: Scope, statuses: Sequence[AccountSummary], gone: Mapping[int, Unswept]
) -> Panel:
    """Return the accounts as a tree map by unit.

    Tiles are sized by resources, or by weight for `?size=weight`.
    """
    sizes = _sizes(request, scope, statuses)
    floor = sum(sizes.values()) * FLOOR_SHARE if len(sizes) <= treemap.NAMED_TILES_MAX else 0.0
    by_unit: dict[int | None, list[AccountSummary]] = {}
    for each in statuses:
        if each.account.pk not in gone:
            by_unit.setdefault(each.account.unit_id, []).append(each)
    in_unit = OrganizationalUnit.objects.in_bulk([pk for pk in by_unit if pk])
    names = {pk: unit.name for pk, unit in in_unit.items()}
    known = sizes, max(floor, 1.0), gone
    units = [
        _unit(request, names.get(pk or 0, ROOT), in_unit.get(pk or 0), each, known) for pk, each in by_unit.items()
    ]
    apart = [each for each in statuses if each.account.pk in gone]
    units += [_unit(request, NOT_SWEPT, None, apart, known)] if apart else []
    title = _map_title([each for each in statuses if each.account.pk not in gone], is_whole=not apart)
    return Panel(
        title,
        "Accounts",
        url_in_scope(request, "organization:table"),
        treemap.draw(units, title, WIDE_WIDTH, 370),
        ("Account", "Unit", "Score", "Critical", "Not seen"),
        list(_map_rows(statuses, names, gone)),
        treemap.draw(units, title, NARROW_WIDTH, 470),
    )


def _sizes(request: HttpRequest, scope: Scope, statuses: Sequence[AccountSummary]) -> dict[int, float]:
    """Return the size of each account's tile, as the URL asks."""
    by_weight = parameters.choice(request, "size", ("resources", "weight"), "resources") == "weight"
    points = load_points(scope, scope.as_of)
    return {
        each.account.pk: each.weight if by_weight else float(points[each.account.pk].resources)
        for each in statuses
        if each.account.pk in points
    }


def _unit(
    request: HttpRequest,
    name: str,
    unit: OrganizationalUnit | None,
    found: Sequence[AccountSummary],
    known: tuple[Mapping[int, float], float, Mapping[int, Unswept]],
) -> treemap.UnitTiles:
    sizes, floor, gone = known
    tiles = [
        _tile(request, each, max(floor, sizes.get(each.account.pk, 0.0)), str(gone.get(each.account.pk, "")))
        for each in found
    ]
    url = url_in_scope(request, "dashboard:overview", None, ou=unit.ou_id, account="") if unit else ""
    band = mean((each.band, each.weight) for each in found)
    return treemap.UnitTiles(name, url, tiles, band.low if band else None)


def _tile(request: HttpRequest, each: AccountSummary, size: float, note: str) -> treemap.AccountTile:
    url = url_in_scope(request, "organization:account", {"account_id": each.account.account_id})
    return treemap.AccountTile(
        name=each.account.name,
        url=url,
        size=size,
        low=each.band.low if each.band else None,
        high=each.band.high if each.band else None,
        unseen=1 - each.seen_share,
        criticals=each.critical,
        change=each.change,
        note=note,
        is_stale=bool(note),
    )


def _map_title(statuses: Sequence[AccountSummary], *, is_whole: bool) -> str:
    """Return the title of the map.

    It says "swept" where tiles of other accounts are drawn as last seen.
    """
    swept = "" if is_whole else "swept "
    low = [each for each in statuses if each.band and each.band.low < LOW_SCORE]
    if not low:
        scored = [each for each in statuses if each.band]
        return f"Every {swept}account scores {LOW_SCORE} or more" if scored else "Accounts"
    if len(low) <= NAMED:
        names = " and ".join(each.account.name for each in low)
        only = "Only " if is_whole and len(statuses) > 2 * NAMED else ""
        return f"{only}{names} {'score' if len(low) > 1 else 'scores'} under {LOW_SCORE}"
    return f"{figure(len(low))} of {plural(len(statuses), f'{swept}account')} score under {LOW_SCORE}"


def _map_rows(
    statuses: Sequence[AccountSummary], names: Mapping[int, str], gone: Mapping[int, Unswept]
) -> Iterator[Sequence[PanelValue]]:
    for each in statuses:
        band = treemap.score_words(each.band.low, each.band.high) if each.band else "no score"
        unit = NOT_SWEPT if each.account.pk in gone else names.get(each.account.unit_id or 0, ROOT)
        yield each.account.name, unit, band, each.critical, percent(1 - each.seen_share)


def findings_by_age(request: HttpRequest, scope: Scope) -> Panel:
    """Return the open findings that nobody has set aside, by severity and age."""
    rows = query.load_open_findings(scope)
    conditions = {
        "sight": rows.having("sight", FAILING),
        "triage": ~rows.having("triage", Triage.SET_ASIDE),
    }
    narrowed = FilteredRows(rows, conditions, {})
    counted = ages.counts(narrowed, scope.now)
    late = int((narrowed.mask() & ages.late(rows, scope.now)).sum())
    total = int(counted.sum())

    def link(severity: Severity, age: ages.Age) -> str:
        return url_in_scope(request, "findings:list", severity=int(severity), age=age.value, status="fail")

    drawn = ages.grid(counted, link)
    title = f"{figure(late)} of {plural(total, 'finding')} are late" if late else "No finding is late"
    return Panel(
        title if total else "No finding is open",
        "Findings",
        url_in_scope(request, "findings:list", status="fail"),
        age_grid.draw(ages.HEADINGS, drawn, title),
        ("Severity", *ages.HEADINGS),
        [(row.name, *(cell.count for cell in row.cells)) for row in drawn],
    )


def score_trend(
    request: HttpRequest, scope: Scope, days: Sequence[DayPoint], happened: Iterable[ChartEvent]
) -> Panel | None:
    """Return the score trend with the days that moved it most.

    None before the second sweep.
    """
    points = [trend.TrendPoint(each.day, each.low, each.high) for each in days]
    title = _trend_title(points)
    events, since = _events(request, days, happened), scope.compare_to.date()
    is_past = scope.as_of is not None
    drawing = trend.draw(points, events, title, since=since, is_past=is_past, width=WIDE_WIDTH)
    narrow = trend.draw(points, events[:0], title, since=since, is_past=is_past, width=NARROW_WIDTH, height=190)
    if not drawing:
        return None
    rows = [
        (day(point.day), round(point.low), round(point.high))
        for point in reversed(points)
        if point.low is not None and point.high is not None
    ]
    return Panel(
        title, "Drift", url_in_scope(request, "drift:drift"), drawing, ("Day", "At least", "At most"), rows, narrow
    )


def _trend_title(points: Sequence[trend.TrendPoint]) -> str:
    known = [point for point in points if point.low is not None]
    if len(known) < 2:  # noqa: PLR2004 - a course has two ends
        return "Score"
    first, last = known[0].low or 0.0, known[-1].low or 0.0
    span = plural((known[-1].day - known[0].day).days, "day")
    if f"{first:.0f}" == f"{last:.0f}":
        return f"The score is at {last:.0f}, as it was {span} ago"
    verb = "rose" if last > first else "fell"
    return f"The score {verb} from {first:.0f} to {last:.0f} in {span}"


def _events(request: HttpRequest, days: Sequence[DayPoint], happened: Iterable[ChartEvent]) -> list[trend.TrendEvent]:
    """Return the days that moved the score most, each named by what happened on it."""
    titles: dict[date, list[str]] = {}
    for one in happened:
        titles.setdefault(one.at.date(), []).append(one.title)
    known = [each for each in days if each.low is not None]
    found = []
    for before, each in pairwise(known):
        effect = (each.low or 0.0) - (before.low or 0.0)
        named = next((titles[day] for day in _days_back(each.day, before.day) if day in titles), None)
        if named and abs(effect) >= SMALLEST:
            more = f"and {len(named) - 1} more" if len(named) > 1 else ""
            found.append(trend.TrendEvent(each.day, named[0], more, effect, day_url(request, each.day)))
    return found


def _days_back(day: date, until: date) -> Iterator[date]:
    while day > until:
        yield day
        day -= timedelta(days=1)
