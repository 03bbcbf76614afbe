"""What the overview reads, all through the scope, and how it is put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.http import HttpRequest

from accounts.states import remedy_for
from posture.checks import all_checks
from posture.core.outcome import TIME_LIMITS, Severity
from posture.frameworks import Control, all_frameworks
from posture.history import query
from posture.history.query import FAILING, AccountSummary, BlindShare, FilteredRows, PracticeSummary, TimeToFix, Triage
from posture.history.scope import Scope
from posture.pages.dashboard import charts, headline, score_change, unjudged, unswept, worklists
from posture.pages.dashboard.overview import Hero, KeyFigure, News, Overview, OverviewPeriod, OverviewTile
from posture.pages.dashboard.unswept import Unswept
from posture.web import practice_pictures, timeline
from posture.web.practice_visibility import describe_unseen, unseen_by_practice
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import NONE, age, day, figure, joined, percent, plural, span
from posture.web.unswept import UnsweptAccount

CHART_DAYS = 90
GOOD_SCORE = 90
LOWEST = 3
SHOWN = 3
"""Lines of each list on the overview; the pages behind them have the rest."""
NAMED = 2
"""Accounts that a figure names."""
UNSETTLED = [Triage.State.OPEN, Triage.State.IN_PROGRESS]
"""States in which nobody has set a finding aside."""


def overview(request: HttpRequest, scope: Scope) -> Overview | None:
    """Return the overview; None where no account had been swept by its date."""
    gone = unswept.unswept(scope)
    statuses = query.summarize_accounts(scope, 0, last=gone)
    if not statuses:
        return None
    swept = [each for each in statuses if each.account.pk not in gone]
    start = scope.now - timedelta(days=CHART_DAYS)
    days = query.load_score_series(scope, min(start, scope.compare_to), scope.now)
    blind = query.load_blind_share(scope)
    drawn = practice_pictures.pictures(request, scope, mini=True)
    shown = [
        replace(tile, picture=drawn.get(tile.practice_id, tile.picture))
        for tile in tiles(request, query.summarize_practices(scope), facts(scope), unseen_by_practice(scope))
    ]
    return Overview(
        headline=headline.sentence(request, scope, blind.share),
        hero=hero(request, scope, statuses, blind.share, gone),
        trend=charts.score_trend(
            request,
            scope,
            [each for each in days if each.day >= start.date()],
            timeline.chart_events(scope, start, scope.now),
        ),
        accounts=charts.account_map(request, scope, statuses, gone),
        ages=charts.findings_by_age(request, scope),
        fixes=worklists.fixes(request, scope, query.rank_fixes(scope, SHOWN)),
        tiles=shown,
        tiles_title=tiles_title(shown),
        compare_to=scope.compare_to,
        not_swept=not_swept(statuses[len(swept) :], gone),
    )


def period(request: HttpRequest, scope: Scope) -> OverviewPeriod | None:
    """Return the period since `compare_to`; None where nothing had been swept."""
    gone = unswept.unswept(scope)
    statuses = query.summarize_accounts(scope, 0, last=gone)
    if not statuses:
        return None
    return OverviewPeriod(
        figures=[
            open_figure(request, scope, statuses, gone),
            moved_figure(request, scope),
            fixing_figure(request, scope, query.load_time_to_fix(scope)),
            unseen_figure(request, query.load_blind_share(scope)),
        ],
        worse=worklists.worse(request, query.list_regressions(scope, worklists.LINES)),
    )


def hero(
    request: HttpRequest,
    scope: Scope,
    statuses: Sequence[AccountSummary],
    blind_share: float,
    gone: Mapping[int, Unswept],
) -> Hero:
    """Return the score and why it moved."""
    band, before = query.load_score(scope), query.load_score_before(scope)
    return Hero(
        band=band,
        before=before,
        why=score_change.why(request, scope, band, before) if band else None,
        blind_share=blind_share,
        accounts=sum(each.band is not None for each in statuses),
        all_accounts=len(scope.accounts),
        unswept=unswept.score_note(statuses, gone),
        unjudged=unjudged.of_scope(request, scope),
    )


def open_figure(
    request: HttpRequest, scope: Scope, statuses: Sequence[AccountSummary], gone: Mapping[int, Unswept]
) -> KeyFigure:
    """Return how much that matters is open, and for how long."""
    critical, high = sum(each.critical for each in statuses), sum(each.high_open for each in statuses)
    oldest = query.get_or_compute(scope, "oldest", lambda: _oldest(scope))
    return KeyFigure(
        name="Critical and high, open",
        value=figure(critical + high),
        small=f"{figure(critical)} critical",
        note=(f"the oldest for {age(oldest, scope.now)}" if oldest else "none that we can see")
        + unswept.open_note(statuses, gone),
        url=url_in_scope(
            request, "findings:list", severity=[int(Severity.CRITICAL), int(Severity.HIGH)], status="fail"
        ),
    )


def _oldest(scope: Scope) -> datetime | None:
    rows = query.load_open_findings(scope)
    severe = {
        "severity": rows.having("severity", {str(int(Severity.HIGH)), str(int(Severity.CRITICAL))}),
        "sight": rows.having("sight", FAILING),
        "triage": rows.having("triage", UNSETTLED),
    }
    return rows.earliest(FilteredRows(rows, severe, {}).mask())


def moved_figure(request: HttpRequest, scope: Scope) -> KeyFigure:
    """Return how many findings opened and were resolved, as drift counts them."""
    changes = query.changes_between(scope, min(query.get_comparison_start(scope), scope.now), scope.now)
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
    """Return the median time to fix of critical findings, and of high ones.

    It is critical in every scope, so that scopes compare.
    """
    times = {each.severity: each for each in found}
    critical, high = times.get(Severity.CRITICAL), times.get(Severity.HIGH)
    target = f"target {span(TIME_LIMITS[Severity.CRITICAL])}"
    note = f"{target}: {_verdict(critical)}" if critical else f"none fixed since {day(scope.compare_to)}, {target}"
    if high:
        note += (
            f"; high {span(high.median)} ({_cases(high)}), target {span(TIME_LIMITS[Severity.HIGH])}: {_verdict(high)}"
        )
    return KeyFigure(
        name="Median time to fix, critical",
        value=span(critical.median) if critical else NONE,
        small=_cases(critical) if critical else "n=0",
        note=note,
        url=url_in_scope(request, "drift:fixing", None, group="severity"),
        help="time-to-fix",
    )


def _verdict(time: TimeToFix) -> str:
    return "within" if time.median <= TIME_LIMITS[time.severity] else "over"


def _cases(time: TimeToFix) -> str:
    return "n=1, a single case" if time.count == 1 else f"n={figure(time.count)}"


def unseen_figure(request: HttpRequest, blind: BlindShare) -> KeyFigure:
    """Return how much could not be seen, and where."""
    names = ", ".join(each.account.name for each in blind.accounts[:NAMED])
    where = f"in {plural(len(blind.accounts), 'account')}: {names}{', …' if len(blind.accounts) > NAMED else ''}"
    return KeyFigure(
        name="Could not be seen",
        value=percent(blind.share),
        small="of the estate",
        note=where if blind.accounts else "every account and region answered",
        url=url_in_scope(request, "sweeps:gaps"),
        is_unseen=bool(blind.accounts),
        help="unseen",
    )


def tiles(
    request: HttpRequest,
    statuses: Sequence[PracticeSummary],
    facts: Mapping[str, str],
    unseen: Mapping[str, Sequence[str]],
) -> list[OverviewTile]:
    """Return a tile for every practice, lowest score first, without score last."""
    known = {each.practice_id: each for each in statuses}
    found = [
        _tile(request, control, known.get(control.id), facts.get(control.id, ""), unseen.get(control.id, ()))
        for control in all_frameworks()["practices"].controls
    ]
    return sorted(
        found,
        key=lambda tile: (not tile.is_judged, not tile.in_use, tile.is_blind, tile.band.low if tile.band else 0.0),
    )


def _tile(
    request: HttpRequest, practice: Control, result: PracticeSummary | None, fact: str, unseen: Sequence[str]
) -> OverviewTile:
    url = url_in_scope(request, "practices:detail", {"practice_id": practice.id})
    if result is None:
        return OverviewTile(practice.id, practice.title, url, False, None, None, 0, 0, 0, is_judged=False)
    return OverviewTile(
        practice_id=practice.id,
        title=practice.title,
        url=url,
        in_use=result.in_use or bool(unseen),
        band=None if unseen else result.band,
        change=None if unseen else result.change,
        passed=result.passed,
        failed=result.failed,
        unknown=result.unknown,
        fact=describe_unseen(unseen) if unseen else fact,
        is_blind=bool(unseen),
    )


def not_swept(statuses: Sequence[AccountSummary], gone: Mapping[int, Unswept]) -> list[UnsweptAccount]:
    """Return accounts that are not swept any more, as they were seen last."""
    return [
        UnsweptAccount(
            each.account,
            str(gone[each.account.pk]),
            remedy_for(gone[each.account.pk].state),
            each.critical,
            each.high_open,
            each.last_swept,
        )
        for each in statuses
    ]


def tiles_title(found: Sequence[OverviewTile]) -> str:
    """Return the point of the tiles: which practices score lowest."""
    scored = [tile.title for tile in found if tile.band and tile.band.low < GOOD_SCORE][:LOWEST]
    if not scored:
        return "Practices"
    verb = "score" if len(scored) > 1 else "scores"
    return f"{joined(scored)} {verb} lowest"


def facts(scope: Scope) -> Mapping[str, str]:
    """Return each practice's most severe failing check, as text."""
    rows = query.load_open_findings(scope)
    failing = {"sight": rows.having("sight", FAILING), "triage": ~rows.having("triage", Triage.SET_ASIDE)}
    best: dict[str, tuple[int, int, str]] = {}
    for check_id, count in FilteredRows(rows, failing, {}).by("check").items():
        check = all_checks().get(check_id)
        for reference in check.controls if check else ():
            framework, _, practice = reference.partition(":")
            if framework == "practices" and check:
                words = f"{check.problem}: {figure(count)}"
                best[practice] = max(best.get(practice, (0, 0, "")), (int(check.severity), count, words))
    return {practice: words for practice, (_, _, words) in best.items()}


OPENING = ("opened", "reopened")


def news(request: HttpRequest, scope: Scope, since: datetime) -> list[News]:
    """Return what changed since a person's last visit; zeros are left out.

    What the first sweep found is where the history begins and no change, as on the page of drift.
    """
    first = query.get_first_snapshot(scope)
    since = min(max(since, first.as_of) if first else since, scope.now)
    changed = query.changes_between(scope, since, scope.now)
    counts = changed.counts
    opened = counts.opened + counts.reopened
    critical = sum(changed.finding_groups("severity").get(int(Severity.CRITICAL), {}).get(kind, 0) for kind in OPENING)
    drift = url_in_scope(request, "drift:drift", None, since=since.isoformat())
    found = [
        News(opened, "opened", f"{figure(critical)} critical" if critical else "", drift),
        News(counts.resolved, "resolved", "", drift),
        News(counts.gaps_opened, "no longer visible", "listings refused", drift, is_gap=True),
        News(counts.gaps_closed, "visible again", "listings answered", drift),
        News(counts.added, "added", "resources", drift),
        News(counts.removed, "removed", "resources", drift),
        News(counts.rule_changes, "changed", "rules", drift),
    ]
    return [each for each in found if each.count]
