"""Charts of an account: score, sweeps, resources, practices and coverage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date
from itertools import pairwise

from django.http import HttpRequest

from accounts.models import AwsAccount
from posture.core.attribution import Cause
from posture.core.coverage import State
from posture.drawing import bars, families, marks, sweeps, trend
from posture.history.query import AccountSweep, ChartEvent, DayPoint, PracticeSummary, ScoreAttribution, TypeCount
from posture.pages.organization.account_status import TROUBLED, AccountStatus
from posture.pages.organization.coverage import CoverageLine, Grid
from posture.web.families import family_of
from posture.web.pictures import FormattedNumber, Panel, PanelValue
from posture.web.scoping import requested_scope, url_in_scope
from posture.web.templatetags.words import NONE, day, figure, joined, moment, plural, signed
from posture.web.timeline import day_url

NARROW_WIDTH = 324
EVENT_MIN_POINTS = 0.05
"""Points of the score from which on a day's movement is an event."""
LOW, MIDDLE = 70, 80
"""Scores of a practice below which its bar is red, and below which it is amber."""
REGIONS = 7
NAMED = 2
CAUSE_WORDS = {Cause.FIXED: "Fixed", Cause.REGRESSED: "Regressed", Cause.VISIBILITY: "Visibility"}
"""Causes that are shown by themselves; others are summed."""


def causes_of(found: ScoreAttribution) -> list[tuple[str, float, Cause | None]]:
    """Return the score's change by cause, in tenths of a point that add up."""
    points = dict(found.steps())
    named = [(words, points.pop(cause, 0.0), cause) for cause, words in CAUSE_WORDS.items()]
    rest = round(sum(points.values()), 1)
    return [each for each in [*named, ("Everything else", rest, None)] if each[1]]


def score(
    request: HttpRequest,
    row: AccountStatus,
    days: Sequence[DayPoint],
    happened: Iterable[ChartEvent],
    found: ScoreAttribution,
) -> Panel | None:
    """Return the score over time with its largest changes; None before two sweeps."""
    points = [trend.TrendPoint(each.day, each.low, each.high) for each in days]
    account = row.account
    title = _score_title(found) if row.is_swept else f"As last seen on {day(row.last_swept)}"
    events = _events(request, account, days, happened)
    is_past = requested_scope(request).as_of is not None
    drawing = trend.draw(points, events, title, is_past=is_past, width=686, height=230)
    if not drawing:
        return None
    rows = [
        (day(each.day), round(each.low), None if each.high is None else round(each.high))
        for each in reversed(days)
        if each.low is not None
    ]
    narrow = trend.draw(points, (), title, is_past=is_past, width=NARROW_WIDTH, height=190)
    url = url_in_scope(request, "drift:drift", account=account.account_id)
    columns = ("Day", "At least", "At most")
    return Panel(title, "Drift", url, drawing, columns, rows, narrow, about=row.account.name)


def _score_title(found: ScoreAttribution) -> str:
    """Return the title; lost visibility is never called a regression."""
    points = {cause: step for cause, step in found.steps() if cause}
    seen = points.get(Cause.VISIBILITY, 0.0)
    done = points.get(Cause.FIXED, 0.0) + points.get(Cause.REGRESSED, 0.0)
    parts = []
    if abs(seen) >= 1:
        parts.append(f"{abs(seen):.0f} points are {'visible again' if seen > 0 else 'no longer visible'}")
    if abs(done) >= EVENT_MIN_POINTS:
        what = "fixes lifted it by" if done > 0 else "regressions lowered it by"
        parts.append(f"{what} {abs(done):.1f}")
    if parts:
        sentence = "; ".join(parts)
        return f"{sentence[0].upper()}{sentence[1:]}"
    change = found.change
    return "The score through time" if change is None else "Nothing was fixed, and nothing regressed"


def _events(
    request: HttpRequest, account: AwsAccount, days: Sequence[DayPoint], happened: Iterable[ChartEvent]
) -> list[trend.TrendEvent]:
    titles: dict[date, list[str]] = {}
    own = f"{account.name}: "
    # Events of the account itself explain its score better than events elsewhere.
    for one in sorted(happened, key=lambda one: not one.title.startswith(own)):
        titles.setdefault(one.at.astimezone(UTC).date(), []).append(one.title.removeprefix(own))
    found = []
    for before, after in pairwise([each for each in days if each.low is not None]):
        effect = (after.low or 0.0) - (before.low or 0.0)
        named = [title for on, all_ in titles.items() if before.day < on <= after.day for title in all_]
        if named and abs(effect) >= EVENT_MIN_POINTS:
            more = f"and {len(named) - 1} more" if len(named) > 1 else ""
            url = day_url(request, after.day, account=account.account_id)
            found.append(trend.TrendEvent(after.day, named[0], more, effect, url))
    return found


def last_sweeps(
    request: HttpRequest, parts: Sequence[AccountSweep], days: Sequence[DayPoint], gaps: int, row: AccountStatus
) -> Panel:
    """Return how much was read in the last sweeps."""
    seen = {each.day: each.seen_share for each in days}
    columns = []
    for part in reversed(parts):
        on = part.snapshot.as_of.astimezone(UTC).date()
        answered, words = _answered(part, seen.get(on))
        url = url_in_scope(request, "sweeps:detail", {"pk": part.snapshot_id})
        columns.append(sweeps.SweepColumn(f"{on:%-d %b}", answered, f"{on:%-d %B}: {words}", url))
    title = f"{plural(gaps, 'listing')} cannot be read" if gaps else "Every listing was read"
    if not parts:
        title = "No sweep yet"
    elif not row.is_swept:
        title = f"Last swept on {day(row.last_swept or parts[0].snapshot.as_of)}"
    elif parts[0].state in TROUBLED:
        title = "The last sweep could not read it"
    rows = [
        (moment(part.snapshot.as_of), part.get_state_display(), part.resource_count, part.gap_count, part.retries)
        for part in parts
    ]
    heads = ("As of", "Result", "Resources", "Gaps", "Retries")
    url = url_in_scope(request, "sweeps:list", account="")
    return Panel(title, "Sweeps", url, sweeps.draw(columns, title), heads, rows, about=row.account.name)


def _answered(part: AccountSweep, seen: float | None) -> tuple[float | None, str]:
    if part.state == AccountSweep.State.DONE:
        share = 1.0 if seen is None and not part.gap_count else seen
        words = f"{plural(part.gap_count, 'gap')}, {plural(part.resource_count, 'resource')}"
        return (0.5 if share is None else share), words
    if part.state in TROUBLED:
        return 0.0, f"{part.get_state_display().lower()} {part.reason}".strip()
    return None, part.get_state_display().lower()


def resources(
    request: HttpRequest, account: AwsAccount, kinds: Sequence[tuple[str, TypeCount]], failing: Mapping[str, int]
) -> Panel:
    """Return resources by family and type: all, failing and not seen."""
    found: dict[str, list[families.TypeBlock]] = {}
    for name, one in kinds:
        if one.count:
            url = url_in_scope(request, "inventory:table", type=one.type, account=account.account_id)
            kind = families.TypeBlock(name, one.count, failing.get(one.type, 0), one.unseen, url)
            found.setdefault(family_of(one.type), []).append(kind)
    drawn = [families.FamilyRow(name, sorted(some, key=lambda one: -one.count)) for name, some in found.items()]
    drawn.sort(key=lambda one: (-one.count, one.name))
    total, bad = sum(one.count for one in drawn), sum(one.failing for one in drawn)
    title = f"{plural(total, 'resource')}, {figure(bad)} of them {'fails' if bad == 1 else 'fail'}"
    return Panel(
        title if total else "No resource is known",
        "Inventory",
        url_in_scope(request, "inventory:types", account=account.account_id),
        families.draw(drawn, title),
        ("Family", "Type", "Resources", "Failing", "Not seen"),
        [(family.name, one.name, one.count, one.failing, one.unseen) for family in drawn for one in family.kinds],
        families.draw(drawn, title, families.NARROW),
        about=account.name,
    )


def _change(points: float | None) -> PanelValue:
    return None if points is None else FormattedNumber(round(points), signed(points))


def practices(request: HttpRequest, account: AwsAccount, found: Sequence[tuple[str, PracticeSummary]]) -> Panel:
    """Return practices as bars from 0 to 100, lowest first, unjudged ones last."""
    drawn = [_practice(request, account, name, one) for name, one in found]
    title = _practices_title([(name, one) for name, one in found if one.band])
    return Panel(
        title,
        "Practices",
        url_in_scope(request, "practices:list", account=account.account_id),
        bars.draw(drawn, title, bars.BarColumns(NARROW_WIDTH, 136, 78), most=100.0),
        ("Practice", "Score", "Change", "Pass", "Fail", "Unknown"),
        [
            (name, str(one.band), _change(one.change), one.passed, one.failed, one.unknown)
            for name, one in found
            if one.band
        ],
        about=account.name,
    )


def _practice(request: HttpRequest, account: AwsAccount, name: str, one: PracticeSummary) -> bars.Bar:
    url = url_in_scope(request, "practices:detail", {"practice_id": one.practice_id}, account=account.account_id)
    if one.band is None:
        return bars.Bar(name, (), "not judged", url)
    low, high = one.band.low, one.band.high
    kind = "worse" if low < LOW else "medium" if low < MIDDLE else "bar"
    parts = [bars.BarPart(low, kind), bars.BarPart(high - low if high - low >= 1 else 0.0, "none", is_hatched=True)]
    change = f" {'↑' if one.change > 0 else '↓'}{abs(one.change)}" if one.change else ""
    words = f"{low:.0f}" if f"{low:.0f}" == f"{high:.0f}" else f"{low:.0f}{NONE}{high:.0f}"
    return bars.Bar(name, parts, f"{words}{change}", url, f"{name}: {one.band}, change {signed(one.change)}")


def _practices_title(found: Sequence[tuple[str, PracticeSummary]]) -> str:
    low = [name for name, one in found if one.band and one.band.low < LOW]
    if not found:
        return "No practice has anything to judge here yet"
    if not low:
        return f"Every practice scores {LOW} or more"
    if len(low) <= NAMED:
        return f"{joined(low)} {'score' if len(low) > 1 else 'scores'} lowest"
    return f"{figure(len(low))} of {plural(len(found), 'practice')} score under {LOW}"


MARKS = {
    State.ON: marks.StateMark.ON,
    State.PARTLY: marks.StateMark.PARTLY,
    State.OFF: marks.StateMark.OFF,
    State.UNKNOWN: marks.StateMark.UNSEEN,
    State.NOT_OFFERED: marks.StateMark.NONE,
}


def coverage(request: HttpRequest, account: AwsAccount, grid: Grid) -> tuple[Panel, int]:
    """Return AWS tools by region, and the number of regions left out."""
    order = sorted(range(len(grid.regions)), key=lambda index: (_on(grid, index), index))[:REGIONS]
    shown = sorted(order)
    url = url_in_scope(request, "coverage:matrix", account=account.account_id)
    lines = sorted(grid.lines, key=lambda line: (_share(line), line.tool.title))
    rows = [
        marks.StateRow(line.tool.title, [_cell(line, index, grid, url) for index in shown], _figure(line), url)
        for line in lines
    ]
    title = _coverage_title(lines)
    panel = Panel(
        title,
        "Coverage",
        url,
        marks.draw([grid.regions[index] for index in shown], rows, title),
        ("Tool", *grid.regions),
        [(line.tool.title, *_states(line, len(grid.regions))) for line in lines],
        about=account.name,
    )
    return panel, len(grid.regions) - len(shown)


def _states(line: CoverageLine, regions: int) -> list[str]:
    """Return a tool's state in each region; a global tool has one state in all."""
    words = [index.words for index in line.states]
    return words if line.tool.regional else words * regions


def _on(grid: Grid, index: int) -> int:
    return sum(line.states[index].cell.state is State.ON for line in grid.lines if line.tool.regional)


def _share(line: CoverageLine) -> float:
    offered = [each for each in line.states if each.cell.state is not State.NOT_OFFERED]
    return sum(each.cell.state is State.ON for each in offered) / len(offered) if offered else 1.0


def _cell(line: CoverageLine, index: int, grid: Grid, url: str) -> marks.StateCell:
    one = line.states[index if line.tool.regional else 0]
    where = grid.regions[index] if line.tool.regional else "every region"
    title = f"{line.tool.title}, {where}: {one.words}. {one.cell.detail}"
    return marks.StateCell(MARKS[one.cell.state], title, url)


def _figure(line: CoverageLine) -> str:
    offered = [each for each in line.states if each.cell.state is not State.NOT_OFFERED]
    if not line.tool.regional and offered:
        return offered[0].words.lower()
    return f"{sum(each.cell.state is State.ON for each in offered)} of {len(offered)}"


def _coverage_title(lines: Sequence[CoverageLine]) -> str:
    states = {line.tool.title: {each.cell.state for each in line.states} - {State.NOT_OFFERED} for line in lines}
    off = [name for name, some in states.items() if some == {State.OFF}]
    partly = [name for name, some in states.items() if some & {State.OFF, State.PARTLY} and name not in off]
    unseen = [name for name, some in states.items() if some == {State.UNKNOWN}]
    parts = [
        f"{_named(names)} {'is' if len(names) == 1 else 'are'} {words}"
        for names, words in ((off, "off"), (partly, "partly on"), (unseen, "not seen"))
        if names
    ]
    return ", ".join(parts[:NAMED]) if parts else "Every AWS tool is on"


def _named(names: Sequence[str]) -> str:
    return joined(names) if len(names) <= NAMED else f"{names[0]} and {len(names) - 1} more"
