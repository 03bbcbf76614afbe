"""Charts of practices and frameworks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest
from django.utils.safestring import SafeString

from posture.drawing import bars, rings, svg, trend
from posture.frameworks import Framework
from posture.history import query
from posture.history.scope import Scope
from posture.pages.practices.check_status import ControlRow, counts
from posture.pages.practices.queries import AccountFailures, Coverage, Practice, all_failing_accounts
from posture.web import practice_pictures
from posture.web.pictures import Panel
from posture.web.scoping import here_with, url_in_scope
from posture.web.templatetags.words import figure, joined, percent, plural

CHART_DAYS = 90
LOW_SCORE = 70
NAMED = 3
BARS_MAX = 12
"""Accounts that have a bar of their own; with more of them the bars are units."""
RING_KINDS = {
    "fail": "fail", "unknown": "unknown", "pass": "pass", "unused": "unused", "attested": "attested",
    "expired": "unjudged", "manual": "unjudged", "uncovered": "unjudged",
}  # fmt: skip
STATE_WORDS = {
    "fail": "fail",
    "unknown": "unknown",
    "pass": "pass",
    "unused": "not in use",
    "attested": "attested by a person",
    "expired": "with an attestation that has expired",
    "manual": "for a person to look at",
    "uncovered": "without a check",
}


@dataclass(frozen=True, slots=True)
class PracticeTile:
    """A practice with its picture, and the most severe of what fails in it."""

    practice: Practice
    picture: SafeString
    fact: str


def tiles(request: HttpRequest, scope: Scope, practices: Sequence[Practice]) -> list[PracticeTile]:
    """Return the practices, the lowest score first, those with nothing to judge last."""
    judged = practice_pictures.by_practice(query.summarize_checks(scope))
    found = [_tile(request, scope, one, judged.get(one.control.id, ())) for one in practices]
    return sorted(found, key=lambda tile: _order(tile.practice))


def _order(practice: Practice) -> tuple[bool, bool, bool, float]:
    return not practice.is_shown, not practice.is_scored, not practice.checks, _low(practice)


def _low(practice: Practice) -> float:
    return practice.result.band.low if practice.result and practice.result.band else 0.0


def _tile(
    request: HttpRequest, scope: Scope, one: Practice, judged: Sequence[practice_pictures.CheckTotals]
) -> PracticeTile:
    drawn = practice_pictures.picture(request, scope, one.control.id, judged) if one.in_use else svg.join(())
    worst = max(
        (each for each in judged if each.failed), key=lambda each: (each.check.severity, each.failed), default=None
    )
    return PracticeTile(one, drawn, f"{worst.check.problem}: {figure(worst.failed)}" if worst else "")


def title(tiles: Sequence[PracticeTile]) -> str:
    """Return the point of the page of practices: which ones score lowest."""
    scored = [tile for tile in tiles if tile.practice.is_scored]
    low = [tile.practice.control.title for tile in scored if _low(tile.practice) < LOW_SCORE]
    unread = sum(bool(tile.practice.unseen) for tile in tiles)
    if not scored:
        return f"Not enough was read to score {plural(unread, 'practice')}" if unread else "Practices"
    if not low:
        which = "Every practice of which enough was read" if unread else "Every practice in use"
        return f"{which} scores {LOW_SCORE} or more"
    if len(low) > NAMED:
        return f"{figure(len(low))} of {plural(len(scored), 'practice')} in use score under {LOW_SCORE}"
    return f"{joined(low)} {'score' if len(low) > 1 else 'scores'} under {LOW_SCORE}"


def course(request: HttpRequest, scope: Scope, practice: Practice) -> Panel | None:
    """Return a practice's score through time; None before the second sweep."""
    start = min(scope.now - timedelta(days=CHART_DAYS), scope.compare_to)
    days = query.load_practice_series(scope, practice.control.id, start, scope.now)
    points = [trend.TrendPoint(each.day, each.low, each.high) for each in days]
    words = _course_title(points)
    since, is_past = scope.compare_to.date(), scope.as_of is not None
    drawing = trend.draw(points, (), words, since=since, is_past=is_past, width=726, height=200)
    if not drawing:
        return None
    rows = [
        (f"{each.day:%-d %b %Y}", figure(each.low), figure(each.high), figure(each.failed), figure(each.unknown))
        for each in reversed(days)
        if each.low is not None
    ]
    return Panel(
        words,
        "Drift",
        url_in_scope(request, "drift:drift"),
        drawing,
        ("Day", "At least", "At most", "Fail", "Unknown"),
        rows,
        trend.draw(points, (), words, since=since, is_past=is_past, width=324, height=180),
    )


def _course_title(points: Sequence[trend.TrendPoint]) -> str:
    known = [point for point in points if point.low is not None]
    if len(known) < 2:  # noqa: PLR2004 - a course has two ends
        return "Score"
    first, last = known[0].low or 0.0, known[-1].low or 0.0
    span = plural((known[-1].day - known[0].day).days, "day")
    if f"{first:.0f}" == f"{last:.0f}":
        return f"Its score is {last:.0f}, as it was {span} ago"
    return f"Its score {'rose' if last > first else 'fell'} from {first:.0f} to {last:.0f} in {span}"


def by_account(request: HttpRequest, scope: Scope, practice: Practice) -> Panel | None:
    """Return failures of a practice by account, or by unit if there are many.

    None where it fails nowhere.
    """
    found = all_failing_accounts(scope, practice.control.reference)
    failing = [place for place in found if place.failed or place.unknown]
    if not failing:
        return None
    by_unit = len(failing) > BARS_MAX
    drawn = _unit_bars(request, failing, practice) if by_unit else _account_bars(request, failing, practice)
    words = _accounts_title(failing, len(scope.accounts))
    return Panel(
        words,
        "Findings",
        url_in_scope(request, "findings:list", None, practice=practice.control.id, group="none"),
        bars.draw(drawn, words, bars.BarColumns(width=1118, names=200, figures=170)),
        ("Unit" if by_unit else "Account", "Critical", "High", "Fail in all", "Unknown"),
        [_figures(bar) for bar in drawn],
        bars.draw(drawn, words, bars.BarColumns(width=324, names=120, figures=110)),
    )


def _accounts_title(failing: Sequence[AccountFailures], accounts: int) -> str:
    fails = [place for place in failing if place.failed]
    if not fails:
        return f"It could not be seen in {plural(len(failing), 'account')}"
    worst = max(fails, key=lambda place: (place.critical, place.high, place.failed))
    total = sum(place.failed for place in fails)
    if len(fails) == 1:
        return f"It fails in {worst.account.name} alone"
    share = percent(worst.failed / total)
    return f"It fails in {figure(len(fails))} of {plural(accounts, 'account')}; {share} of it in {worst.account.name}"


def _account_bars(request: HttpRequest, failing: Sequence[AccountFailures], practice: Practice) -> list[bars.Bar]:
    return [
        _bar(place.account.name, [place], url_in_scope(
            request, "findings:list", None, practice=practice.control.id, within=place.account.account_id, group="none"
        ))
        for place in failing
    ]  # fmt: skip


def _unit_bars(request: HttpRequest, failing: Sequence[AccountFailures], practice: Practice) -> list[bars.Bar]:
    units: dict[tuple[str, str], list[AccountFailures]] = {}
    for place in failing:
        unit = place.account.unit
        units.setdefault((unit.name, unit.ou_id) if unit else ("No unit", ""), []).append(place)
    drawn = [
        _bar(name, places, url_in_scope(request, "practices:detail", {"practice_id": practice.control.id}, ou=ou_id))
        for (name, ou_id), places in units.items()
    ]
    return sorted(drawn, key=lambda bar: -bar.total)[:BARS_MAX]


def _bar(name: str, places: Sequence[AccountFailures], url: str) -> bars.Bar:
    critical, high = sum(one.critical for one in places), sum(one.high for one in places)
    failed, unknown = sum(one.failed for one in places), sum(one.unknown for one in places)
    parts = [
        bars.BarPart(critical, "critical"),
        bars.BarPart(high, "high"),
        bars.BarPart(failed - critical - high, "bar"),
        bars.BarPart(unknown, "none", is_hatched=True),
    ]
    said = [f"{figure(critical)} critical" if critical else "", f"{figure(failed)} fail"]
    said.append(f"{figure(unknown)} unknown" if unknown else "")
    words = ", ".join(one for one in said if one)
    return bars.Bar(name, parts, words, url, f"{name}: {words}, {figure(high)} high")


def _figures(bar: bars.Bar) -> tuple[str, ...]:
    critical, high, rest, unknown = (part.value for part in bar.parts)
    return bar.name, figure(critical), figure(high), figure(critical + high + rest), figure(unknown)


@dataclass(frozen=True, slots=True)
class FrameworkTile:
    """A framework with its ring."""

    coverage: Coverage
    ring: SafeString


def framework_tiles(found: Sequence[Coverage]) -> list[FrameworkTile]:
    """Return each framework with the states of its controls as a ring."""
    return [FrameworkTile(one, ring(one.counts, one.framework.title, 88)) for one in found]


def ring(counted: Mapping[str, int], name: str, size: float = 64.0) -> SafeString:
    """Return the states of controls as a ring, with how many fail in the middle."""
    by_kind = {
        kind: sum(counted[state] for state, mine in RING_KINDS.items() if mine == kind) for kind in RING_KINDS.values()
    }
    parts = [rings.RingPart(kind, number) for kind, number in by_kind.items()]
    judged = counted["fail"] + counted["unknown"] + counted["pass"]
    words = figure(counted["fail"]) if counted["fail"] else "?" if counted["unknown"] else "✓" if judged else ""
    return rings.draw(parts, f"{name}: {count_words(counted)}", words, size)


def count_words(counted: Mapping[str, int]) -> str:
    """Return how many controls are in which state, what is zero left out."""
    said = [f"{number} {STATE_WORDS[state]}" for state, number in counted.items() if number]
    return ", ".join(said) or "no control"


@dataclass(frozen=True, slots=True)
class ControlLine:
    """A control as its page shows it, with the findings behind what fails."""

    row: ControlRow
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a framework: its ring, its figures and its controls."""

    name: str
    anchor: str
    ring: SafeString
    words: str
    attention: Sequence[ControlLine]
    rest: Sequence[ControlLine]
    rest_words: str
    url: str
    is_open: bool
    is_judged: bool
    """Whether a check looks at any of its controls."""


ATTENTION = ("fail", "unknown")


def framework_title(counted: Mapping[str, int]) -> str:
    """Return a title about a framework's controls that a check judges."""
    judged = counted["fail"] + counted["unknown"] + counted["pass"]
    if not judged:
        return "No control has anything to judge here yet"
    parts = [
        f"{number} {words}"
        for number, words in ((counted["fail"], "fail"), (counted["unknown"], "could not be seen"))
        if number
    ]
    if parts:
        return f"{joined(parts)} of {plural(judged, 'control')} in use"
    if judged == 1:
        return "The only control in use passes"
    return "Both controls in use pass" if judged == 2 else f"All {judged} controls in use pass"  # noqa: PLR2004


def sections(
    request: HttpRequest, framework: Framework, rows: Sequence[ControlRow], state: str, opened: str
) -> list[Section]:
    """Return a framework's sections; with a state, those with controls in it.

    `opened` is the section that is unfolded; without one it is the one in which most fails.
    """
    names = framework.sections or ("",)
    by_name = {name: [row for row in rows if row.control.section == name] for name in names}
    failing = {name: sum(row.state == "fail" for row in found) for name, found in by_name.items()}
    worst = max(failing, key=lambda name: failing[name])
    first = opened if opened in by_name else worst if failing[worst] else ""
    shown = [
        _section(request, name, found, state, is_open=bool(state) or name == first) for name, found in by_name.items()
    ]
    return [one for one in shown if one.attention or (one.rest and not state)]


def _section(request: HttpRequest, name: str, rows: Sequence[ControlRow], state: str, *, is_open: bool) -> Section:
    wanted = (state,) if state else ATTENTION
    attention = [row for row in rows if row.state in wanted]
    attention.sort(key=lambda row: (wanted.index(row.state), -max(one.check.severity for one in row.checks))
                   if row.checks else (wanted.index(row.state), 0))  # fmt: skip
    rest = [] if state else [row for row in rows if row.state not in wanted]
    counted = counts(rows)
    return Section(
        name or "Controls",
        f"section-{name or 'all'}",
        ring(counted, name or "Controls"),
        count_words(counted),
        [_line(request, row) for row in attention],
        [_line(request, row) for row in rest],
        count_words(counts(rest)),
        f"{here_with(request, section=name, state='')}#section-{name or 'all'}",
        is_open,
        any(row.checks for row in rows),
    )


def _line(request: HttpRequest, row: ControlRow) -> ControlLine:
    failing = sorted(one.check.id for one in row.checks if one.state == "fail")
    url = url_in_scope(request, "findings:list", None, check=failing, status="fail") if failing else ""
    return ControlLine(row, url)
