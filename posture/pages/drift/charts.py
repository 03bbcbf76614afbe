"""Charts of drift: score and findings through time, and causes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from django.http import HttpRequest
from django.utils.html import format_html

from posture.core.outcome import Severity
from posture.core.score import Band
from posture.drawing import attribution, drift
from posture.history import query
from posture.history.query import Changes, ChartEvent, DayPoint, ScoreAttribution, get_last_sweep
from posture.history.scope import Scope
from posture.pages.drift import attribution_chart, causes
from posture.pages.drift.period import Period
from posture.web.pictures import Panel, PanelValue
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import NONE, figure, joined, signed

COLUMN_MIN = 8
"""Pixels of a sweep's column; where sweeps are closer, some share one."""
NAMED_SHARE = 0.6
"""The share of the whole movement from which on the sentence names no further part."""
NAMED_MAX = 2
TITLES_MAX = 6
"""Events of one day that are named."""
SEVERITIES = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def days(scope: Scope, period: Period) -> list[DayPoint]:
    """Return the days that the picture draws, from the last sweep before its start."""
    return query.load_score_series(scope, get_last_sweep(scope, period.chart_start) or period.chart_start, period.now)


def timeline(
    request: HttpRequest,
    scope: Scope,
    period: Period,
    known: Sequence[DayPoint],
    happened: Sequence[ChartEvent],
    changes: Changes,
    found: ScoreAttribution,
) -> tuple[Panel, drift.Plot] | None:
    """Return score and findings through time, and the plot's axis.

    None before the second day with a sweep.
    """
    drawn = [drift.DriftDay(each.day, each.low, each.high, _counts(each)) for each in known]
    if len(drawn) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    ends = _at(scope, period.since), _at(scope, period.until)
    moved = {one: after - before for one, before, after in zip(SEVERITIES, *ends, strict=True)}
    plot = drift.plot_of(drawn)
    chart = drift.Chart(
        drawn,
        [_score_figures(period, found), *_finding_figures(request, period, ends[1], moved, changes)],
        _events(request, period, known, happened),
        _columns(request, known, plot),
        period.since.date(),
        period.until.date(),
    )
    title = findings_title(moved, dict(zip(SEVERITIES, ends[1], strict=True)))
    panel = Panel(
        title,
        "Findings",
        url_in_scope(request, "findings:list", status="fail"),
        drift.draw(chart, title),
        ("Day", "At least", "At most", *(one.label for one in SEVERITIES), "Opened", "Resolved"),
        [*_rows(request, known)],
        drift.draw(chart, title, drift.NARROW),
        id="course",
    )
    return panel, plot


def _counts(each: DayPoint) -> tuple[int, int, int, int]:
    return each.critical, each.high_open, each.medium, each.low_open


def _at(scope: Scope, at: datetime) -> tuple[int, ...]:
    """Return the open findings by severity after the last sweep up to a moment."""
    swept = get_last_sweep(scope, at)
    points = query.load_score_series(scope, swept, at) if swept else []
    return _counts(points[-1]) if points else (0, 0, 0, 0)


def _score_figures(period: Period, found: ScoreAttribution) -> drift.PeriodFigures:
    before, after = found.before, found.after
    if after is None:
        return drift.PeriodFigures("Score", "score", NONE, "", "even", "no score")
    points = round(after.low, 1) - round(before.low, 1) if before else 0.0
    change = f"{attribution.signed(points)} since" if before else ""
    tone = "even" if not before or not round(points, 1) else "better" if points > 0 else "worse"
    at_most = "" if f"{after.low:.1f}" == f"{after.high:.1f}" else f", {after.high:.1f} if all that is unseen passes"
    note = f"{_long(period.since)}{at_most}" if before else f"no score on {_long(period.since)}{at_most}"
    return drift.PeriodFigures("Score", "score", f"{after.low:.1f}", change, tone, note)


def _finding_figures(
    request: HttpRequest,
    period: Period,
    now: Sequence[int],
    moved: Mapping[Severity, int],
    changes: Changes,
) -> Iterator[drift.PeriodFigures]:
    counted = changes.finding_groups("severity")
    for severity, value in zip(SEVERITIES, now, strict=True):
        kinds, change = counted.get(int(severity), {}), moved[severity]
        opened, resolved = kinds.get("opened", 0) + kinds.get("reopened", 0), kinds.get("resolved", 0)
        # What people set aside, or a rule rates otherwise, neither opened nor was resolved.
        other = change - (opened - resolved)
        note = f"{figure(opened)} opened, {figure(resolved)} resolved"
        note += f", {signed(other)} otherwise" if other else ""
        url = url_in_scope(request, "drift:list", {"kind": "opened"}, **period.query, severity=int(severity))
        tone = "worse" if change > 0 else "better" if change else "even"
        yield drift.PeriodFigures(
            severity.label, severity.label.lower(), figure(value), signed(change), tone, note, url
        )


def findings_title(moved: Mapping[Severity, int], now: Mapping[Severity, int]) -> str:
    """Return the direction in which open findings of each severity went.

    Severities without findings are left out.
    """
    there = [one for one in moved if moved[one] or now[one]]
    ways = (
        ("rose", [one for one in there if moved[one] > 0]),
        ("fell", [one for one in there if moved[one] < 0]),
        ("stayed the same", [one for one in there if not moved[one]]),
    )
    said = [(words, ones) for words, ones in ways if ones]
    if not said:
        return "No finding is open"
    if len(said) == 1:
        words = said[0][0]
        return f"Open findings {words}" if len(there) > 1 else f"{there[0].label} findings {words}"
    parts = [f"{joined([one.label.lower() for one in ones])} {words}" for words, ones in said]
    sentence = "; ".join(parts)
    return f"Findings: {sentence}"


def _events(
    request: HttpRequest, period: Period, known: Sequence[DayPoint], happened: Iterable[ChartEvent]
) -> list[drift.DriftEvent]:
    """Return one event per day on which something happened, with its effect."""
    titles: dict[date, list[str]] = {}
    for one in happened:
        titles.setdefault(one.at.astimezone(UTC).date(), []).append(one.title)
    effects = {
        after.day: (after.low or 0.0) - (before.low or 0.0)
        for before, after in pairwise([each for each in known if each.low is not None])
    }
    found = []
    for day, named in titles.items():
        seen = next((each for each in effects if each >= day), day)
        more = [f"and {len(named) - TITLES_MAX} more"] if len(named) > TITLES_MAX else []
        title = named[0] if len(named) == 1 else f"{len(named)} events: {'; '.join([*named[:TITLES_MAX], *more])}"
        found.append(drift.DriftEvent(day, title, effects.get(seen, 0.0), _day_url(request, day, day), named[0]))
    return found


def _day_url(request: HttpRequest, first: date, last: date) -> str:
    return url_in_scope(request, "drift:drift", None, since=first - timedelta(days=1), until=last)


def _columns(request: HttpRequest, known: Sequence[DayPoint], plot: drift.Plot) -> list[drift.PeriodColumn]:
    """Return a column per sweep, or per several where they are too close."""
    runs: list[list[DayPoint]] = []
    for each in known:
        if runs and plot.x(each.day) - plot.x(runs[-1][0].day) < COLUMN_MIN:
            runs[-1].append(each)
        else:
            runs.append([each])
    ends = [run[0].day for run in runs[1:]] + [known[-1].day + timedelta(days=round(plot.span))]
    return [
        drift.PeriodColumn(run[0].day, end, _column_title(run[0], run[-1]), _day_url(request, run[0].day, run[-1].day))
        for run, end in zip(runs, ends, strict=True)
    ]


def _column_title(first: DayPoint, last: DayPoint) -> str:
    day = f"{last.day:%-d %B}" if first is last else f"{first.day:%-d %B} to {last.day:%-d %B}"
    counts = ", ".join(
        f"{figure(count)} {one.label.lower()}" for one, count in zip(SEVERITIES, _counts(last), strict=True)
    )
    return f"{day}: {_score_words(last.low, last.high)}; {counts}. Show what changed then"


def _score_words(low: float | None, high: float | None) -> str:
    if low is None:
        return "no score"
    return f"{low:.1f}" if high is None or f"{high:.1f}" == f"{low:.1f}" else f"{low:.1f}, up to {high:.1f}"


def _rows(request: HttpRequest, known: Sequence[DayPoint]) -> Iterator[Sequence[PanelValue]]:
    for each in reversed(known):
        link = format_html('<a href="{}">{}</a>', _day_url(request, each.day, each.day), f"{each.day:%-d %b %Y}")
        ends = (None if value is None else round(value, 1) for value in (each.low, each.high))
        yield link, *ends, *_counts(each), each.opened, each.resolved


def why(request: HttpRequest, period: Period, found: ScoreAttribution, changes: Changes) -> tuple[Panel, str] | None:
    """Return why the score moved, and a sentence; None for less than a tenth."""
    if found.before is None or found.after is None:
        return None
    groups = attribution_chart.groups(request, period, found, changes)
    if not groups:
        return None
    until = "now" if period.reaches_now else f"on {_long(period.until)}"
    fall = attribution.Waterfall(
        round(found.before.low, 1),
        round(found.after.low, 1),
        f"Score on {_long(period.since)}",
        f"Score {until}",
        groups,
    )
    title = why_title(groups, fall.after - fall.before)
    panel = Panel(
        title,
        "How the score is made",
        url_in_scope(request, "dashboard:score"),
        attribution.draw(fall, title),
        ("Cause", "Score", "If all unseen were right"),
        causes.numbers(found),
        attribution.draw(fall, title, attribution.NARROW),
        id="why",
    )
    return panel, sentence(groups)


def why_title(groups: Sequence[attribution.AttributionGroup], moved: float) -> str:
    """Return the cause that moved the score most, as a title."""
    most = max(groups, key=lambda group: abs(group.points))
    whole = f"the score moved by {attribution.signed(moved)}" if round(moved, 1) else "the score is as it was"
    return f"{most.name}: {attribution.signed(most.points)}; {whole}"


def sentence(groups: Sequence[attribution.AttributionGroup]) -> str:
    """Return the one or two parts that made most of the change, as a sentence.

    It says where a gain is no fix.
    """
    moved = [(group, part) for group in groups for part in group.parts if not part.is_rest]
    whole = sum(abs(part.points) for group in groups for part in group.parts)
    named, so_far = [], 0.0
    for group, part in sorted(moved, key=lambda one: -abs(one[1].points))[:NAMED_MAX]:
        if so_far >= NAMED_SHARE * whole:
            break
        so_far += abs(part.points)
        where = part.detail.split(" · ")[0] if " · " in part.detail else ""
        note = " (nothing was fixed by it)" if group.is_hatched and part.points > 0 else ""
        place = f" in {where}" if where else ""
        named.append(f"{group.name.lower()}, {part.name}{place}: {attribution.signed(part.points)}{note}")
    return "; ".join(named)


def headline(before: Band | None, after: Band | None, period: Period) -> str:
    """Return how the score moved in a sentence."""
    words = f"{period.words[0].lower()}{period.words[1:]}"
    if after is None:
        return f"No score {words}"
    if before is None:
        return f"The score is {after.low:.1f}; there was none on {_long(period.since)}"
    if f"{before.low:.1f}" == f"{after.low:.1f}":
        return f"The score is {after.low:.1f}, unchanged {words}"
    verb = "rose" if after.low > before.low else "fell"
    comma = "," if words.startswith("from") else ""
    return f"The score {verb} from {before.low:.1f} to {after.low:.1f}{comma} {words}"


def _long(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B}"
