"""What the overview reads, all through the scope, and how it is put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.http import HttpRequest

from accounts.access import owners_of
from accounts.states import remedy_for
from posture.core.outcome import Severity
from posture.dashboard import cause, lines, unswept
from posture.dashboard.overview import Hero, KeyFigure, Overview, RankedAccount, Tile
from posture.dashboard.unswept import Unswept
from posture.frameworks import Control, all_frameworks
from posture.history import read
from posture.history.models import Triage
from posture.history.read import AccountStanding, BlindShare, PracticeStanding, TimeToFix
from posture.history.read.cells import Narrowed
from posture.history.read.columns import FAILING
from posture.history.scope import Scope
from posture.web import timeline
from posture.web.figures import Figure
from posture.web.notswept import NotSwept
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import NONE, age, day, figure, percent, plural, span

CHART_DAYS = 90
POLICY = {
    Severity.CRITICAL: timedelta(days=7),
    Severity.HIGH: timedelta(days=30),
    Severity.MEDIUM: timedelta(days=90),
    Severity.LOW: timedelta(days=180),
}
"""Within what time findings are to be fixed."""
NAMED = 2
"""Accounts that a figure names."""
UNSETTLED = [Triage.State.OPEN, Triage.State.IN_PROGRESS]
"""States in which nobody has set a finding aside."""
RANKED = 12
"""Accounts in the ranking; the rest are a click away."""


def overview(request: HttpRequest, scope: Scope) -> Overview | None:
    """Return everything on the page; None where no account has been swept by the scope's date."""
    gone = unswept.unswept(scope)
    standings = read.standings(scope, RANKED, last=gone)
    if not standings:
        return None
    swept = [each for each in standings if each.account.pk not in gone]
    start = scope.now - timedelta(days=CHART_DAYS)
    days = read.score_series(scope, min(start, scope.compare_to), scope.now)
    blind = read.blind_share(scope)
    events = timeline.marks(request, timeline.happenings(scope, start, scope.now))
    line = timeline.score_chart(
        "The score through time, from its lower to its upper end",
        [each for each in days if each.day >= start.date()],
        events,
    )
    return Overview(
        hero=hero(request, scope, standings, line, blind.share, gone),
        figures=[
            open_figure(request, scope, standings, gone),
            moved_figure(request, scope),
            fixing_figure(request, scope, read.time_to_fix(scope)),
            unseen_figure(request, blind),
        ],
        tiles=tiles(request, read.practice_standings(scope)),
        worse=lines.worse(request, read.worse(scope, lines.LINES)),
        fixes=lines.fixes(request, read.fix_first(scope, lines.LINES)),
        accounts=ranked(swept[:RANKED]),
        more_accounts=max(0, len(swept) - RANKED),
        not_swept=not_swept(standings[len(swept) :], gone),
    )


def hero(
    request: HttpRequest,
    scope: Scope,
    standings: Sequence[AccountStanding],
    line: Figure | None,
    blind_share: float,
    gone: Mapping[int, Unswept],
) -> Hero:
    """Return the score, the line it drew, and why it moved."""
    band, before = read.score(scope), read.score_before(scope)
    return Hero(
        band=band,
        before=before,
        why=cause.why(request, scope, band, before) if band else None,
        chart=line,
        blind_share=blind_share,
        accounts=sum(each.band is not None for each in standings),
        all_accounts=len(scope.accounts),
        unswept=unswept.score_note(standings, gone),
    )


def open_figure(
    request: HttpRequest, scope: Scope, standings: Sequence[AccountStanding], gone: Mapping[int, Unswept]
) -> KeyFigure:
    """Return how much that matters is open, and for how long."""
    critical, high = sum(each.critical for each in standings), sum(each.high_open for each in standings)
    oldest = read.kept(scope, "oldest", lambda: _oldest(scope))
    return KeyFigure(
        name="Critical and high, open",
        value=figure(critical + high),
        small=f"{figure(critical)} critical",
        note=(f"the oldest for {age(oldest, scope.now)}" if oldest else "none that we can see")
        + unswept.open_note(standings, gone),
        url=url_in_scope(
            request, "findings:list", severity=[int(Severity.CRITICAL), int(Severity.HIGH)], status="fail"
        ),
    )


def _oldest(scope: Scope) -> datetime | None:
    rows = read.open_findings(scope)
    severe = {
        "severity": rows.having("severity", {str(int(Severity.HIGH)), str(int(Severity.CRITICAL))}),
        "sight": rows.having("sight", FAILING),
        "triage": rows.having("triage", UNSETTLED),
    }
    return rows.earliest(Narrowed(rows, severe, {}).mask())


def moved_figure(request: HttpRequest, scope: Scope) -> KeyFigure:
    """Return what was opened and resolved since `compare_to`, as the page of drift counts it."""
    changes = read.changes(scope, min(read.compared_from(scope), scope.now), scope.now)
    opened = changes.number("opened") + changes.number("reopened")
    resolved = changes.number("resolved")
    more = "more opened than resolved" if opened > resolved else "more resolved than opened"
    return KeyFigure(
        name="Opened and resolved",
        value=f"{figure(opened)} / {figure(resolved)}",
        small="",
        note=f"{more if opened != resolved else 'as many resolved as opened'} since {day(scope.compare_to)}",
        url=url_in_scope(request, "drift:drift"),
    )


def fixing_figure(request: HttpRequest, scope: Scope, found: Sequence[TimeToFix]) -> KeyFigure:
    """Return how long fixing takes: of critical findings in every scope, so that scopes compare, and of high ones."""
    times = {each.severity: each for each in found}
    critical, high = times.get(Severity.CRITICAL), times.get(Severity.HIGH)
    target = f"target {span(POLICY[Severity.CRITICAL])}"
    note = f"{target}: {_verdict(critical)}" if critical else f"none fixed since {day(scope.compare_to)}, {target}"
    if high:
        note += f"; high {span(high.median)} ({_cases(high)}), target {span(POLICY[Severity.HIGH])}: {_verdict(high)}"
    return KeyFigure(
        name="Median time to fix, critical",
        value=span(critical.median) if critical else NONE,
        small=_cases(critical) if critical else "n=0",
        note=note,
        url=url_in_scope(request, "drift:fixing", None, group="severity"),
    )


def _verdict(time: TimeToFix) -> str:
    return "within" if time.median <= POLICY[time.severity] else "over"


def _cases(time: TimeToFix) -> str:
    return "n=1, a single case" if time.count == 1 else f"n={figure(time.count)}"


def unseen_figure(request: HttpRequest, blind: BlindShare) -> KeyFigure:
    """Return how much could not be seen, and where."""
    names = ", ".join(each.account.name for each in blind.places[:NAMED])
    where = f"in {plural(len(blind.places), 'account')}: {names}{', …' if len(blind.places) > NAMED else ''}"
    return KeyFigure(
        name="Could not be seen",
        value=percent(blind.share),
        small="of the estate",
        note=where if blind.places else "every place that we asked has answered",
        url=url_in_scope(request, "sweeping:gaps"),
        is_unseen=bool(blind.places),
    )


def tiles(request: HttpRequest, standings: Sequence[PracticeStanding]) -> list[Tile]:
    """Return a tile for every practice, in the framework's order; one that no check serves is not in use."""
    known = {each.practice_id: each for each in standings}
    return [_tile(request, control, known.get(control.id)) for control in all_frameworks()["practices"].controls]


def _tile(request: HttpRequest, practice: Control, standing: PracticeStanding | None) -> Tile:
    url = url_in_scope(request, "practices:detail", {"practice_id": practice.id})
    if standing is None:
        return Tile(practice.title, url, False, None, None, 0, 0, 0, [], is_judged=False)
    return Tile(
        title=practice.title,
        url=url,
        in_use=standing.in_use,
        band=standing.band,
        change=standing.change,
        passed=standing.passed,
        failed=standing.failed,
        unknown=standing.unknown,
        series=standing.series,
    )


def not_swept(standings: Sequence[AccountStanding], gone: Mapping[int, Unswept]) -> list[NotSwept]:
    """Return accounts that are not swept any more, as they were seen last."""
    return [
        NotSwept(
            each.account,
            str(gone[each.account.pk]),
            remedy_for(gone[each.account.pk].state),
            each.critical,
            each.high_open,
            each.last_swept,
        )
        for each in standings
    ]


def ranked(standings: Sequence[AccountStanding]) -> list[RankedAccount]:
    """Return accounts as the ranking shows them."""
    owners = owners_of(each.account for each in standings)
    return [
        RankedAccount(
            account=each.account,
            owner=", ".join(owners[each.account.pk]),
            band=each.band,
            change=each.change,
            series=each.series,
            critical=each.critical,
            high=each.high_open,
            blind_share=1 - each.seen_share,
            last_swept=each.last_swept,
        )
        for each in standings
    ]
