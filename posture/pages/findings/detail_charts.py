"""The pictures of a finding and of a check: through time, and by account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from django.http import HttpRequest

from posture.checks import all_checks
from posture.core.outcome import TIME_LIMITS, Severity
from posture.drawing import bars, spans, tally
from posture.drawing.bars import Bar, BarColumns, BarPart
from posture.drawing.spans import Span
from posture.history import query
from posture.history.query import (
    CheckDay,
    CheckSummary,
    ClosedEpisode,
    FindingCourse,
    FindingRecord,
    ResourceRecord,
    Triage,
)
from posture.history.scope import Scope
from posture.pages.findings.queries import OfCheck, check_status, unswept_since
from posture.web.pictures import Panel
from posture.web.scoping import cache_for_page, url_in_scope
from posture.web.templatetags.words import day, figure, moment, plural, span

ACCOUNTS_MAX = 6
BOTH = 2
PERIOD = timedelta(days=90)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def history(
    request: HttpRequest,
    scope: Scope,
    episodes: Sequence[FindingRecord],
    version: ResourceRecord | None,
    course: FindingCourse | None,
) -> Panel:
    """Return a finding through all its episodes, which are given newest first."""
    latest = episodes[0]
    ordered = list(reversed(episodes))
    unswept = unswept_since(scope, latest, course.last_seen if course else None)
    found = _spans(ordered, version.first_seen if version else None, unswept, scope.now)
    title = _title(latest, course, unswept, scope.now)
    due = latest.opened_at + TIME_LIMITS[Severity(latest.severity)]
    is_due = latest.closed_at is None and latest.status == "fail" and latest.triage in {"open", "in_progress"}
    ends = due if is_due else None
    url = url_in_scope(request, "inventory:resource", {"resource_id": latest.resource_id})
    is_past = scope.as_of is not None
    drawn = (spans.draw(found, scope.now, title, ends, width, is_past=is_past) for width in (spans.WIDE, spans.NARROW))
    wide, narrow = drawn
    rows = [(each.label, moment(each.since), moment(each.until)) for each in found]
    return Panel(title, "Every version", url, wide, ("State", "From", "Until"), rows, narrow)


def _title(latest: FindingRecord, course: FindingCourse | None, unswept: datetime | None, now: datetime) -> str:
    if latest.closed_at is not None:
        words = "Resolved"
        if latest.close_reason == ClosedEpisode.Reason.DELETED:
            words = "Gone with its resource"
        return f"{words} after {span(latest.closed_at - latest.opened_at)}"
    if latest.status == "unknown":
        return f"Could not be read for {span(now - latest.opened_at)}"
    hidden = _hidden_since(latest, unswept, now)
    unseen = f", not seen for the last {span(now - hidden)}" if hidden else ""
    if course is not None and course.reopened:
        times = ORDINALS[course.reopened] if course.reopened < len(ORDINALS) else f"{course.reopened + 1}th"
        return f"Fails for the {times} time{unseen}"
    if latest.open_reason == "found":
        return f"Has failed since before {day(latest.opened_at)}{unseen}"
    return f"Has failed for {span(now - latest.opened_at)}{unseen}"


def _spans(
    episodes: Sequence[FindingRecord], first_seen: datetime | None, unswept: datetime | None, now: datetime
) -> list[Span]:
    """Return what was at each time, oldest first, without a hole."""
    found: list[Span] = []
    first = episodes[0]
    if first_seen is not None and first_seen < first.opened_at:
        found.append(Span("ok", first_seen, first.opened_at, "Passed", f"since {day(first_seen)}"))
    for one, following in pairwise([*episodes, None]):
        if one is None:
            continue
        end = min(one.closed_at or now, now)
        found += _of_episode(one, unswept, end)
        until = following.opened_at if following else now
        if end < until:
            found.append(_after(one, end, until))
    return found


def _of_episode(one: FindingRecord, unswept: datetime | None, end: datetime) -> list[Span]:
    if one.status == "unknown":
        return [Span("unseen", one.opened_at, end, "Not read", span(end - one.opened_at))]
    kind = Severity(one.severity).label.lower()
    since = _hidden_since(one, unswept, end)
    seen_until = since or end
    hidden = [
        (period.lower, min(period.upper, seen_until)) for period in one.stale_periods or () if period.lower < seen_until
    ]
    if since is not None:
        hidden.append((since, end))
    found: list[Span] = []
    at = one.opened_at
    for since, until in hidden:
        if at < since:
            found.append(Span(kind, at, since, "Failed", span(since - at)))
        found.append(Span("unseen", since, until, "Not seen", span(until - since)))
        at = until
    # One that opened just now, or in a simulation with its last sweep, has lasted no time yet, and is shown.
    if at < end or not found:
        words = "Failed" if one.closed_at else "Fails"
        found.append(
            Span(kind, at, end, words, f"since before {day(at)}" if one.open_reason == "found" else span(end - at))
        )
    return found


def _hidden_since(one: FindingRecord, unswept: datetime | None, end: datetime) -> datetime | None:
    """Return since when an open finding, or its whole account, has not been seen."""
    if one.closed_at is not None and one.closed_at <= end:
        return None
    known = [max(at, one.opened_at) for at in (one.open_stale_since, unswept) if at is not None and at < end]
    return min(known, default=None)


def _after(one: FindingRecord, since: datetime, until: datetime) -> Span:
    if one.close_reason in {ClosedEpisode.Reason.DELETED, ClosedEpisode.Reason.ACCOUNT_LEFT}:
        return Span("gone", since, until, "Gone")
    return Span("ok", since, until, "Passed", span(until - since))


def by_account(
    request: HttpRequest, scope: Scope, check_id: str, found: OfCheck, title: str, width: float
) -> Panel | None:
    """Return the accounts in which a check is open, most findings first.

    None where there are none.
    """
    if not found.by_account:
        return None
    check = all_checks().get(check_id)
    kind = check.severity.label.lower() if check else "bar"
    ordered = sorted(found.by_account, key=lambda pk: (-sum(found.by_account[pk]), scope.by_pk[pk].name))
    shown, rest = ordered[:ACCOUNTS_MAX], ordered[ACCOUNTS_MAX:]
    drawn = [_bar(request, scope, check_id, pk, found.by_account[pk], kind) for pk in shown]
    list_url = url_in_scope(request, "findings:list", None, check=check_id)
    if rest:
        number = sum(sum(found.by_account[pk]) for pk in rest)
        drawn.append(Bar(plural(len(rest), "more account"), [], figure(number), list_url))
    rows = [(scope.by_pk[pk].name, *(figure(each) for each in found.by_account[pk])) for pk in ordered]
    columns = ("Account", "Fail", "Not seen")
    wide = bars.draw(drawn, title, BarColumns(width, 0.27 * width))
    return Panel(title, "All of them", list_url, wide, columns, rows, bars.draw(drawn, title, BarColumns(318)))


def _bar(request: HttpRequest, scope: Scope, check_id: str, pk: int, numbers: tuple[int, int], kind: str) -> Bar:
    account, (failed, unknown) = scope.by_pk[pk], numbers
    url = url_in_scope(request, "findings:list", None, check=check_id, within=account.account_id)
    unseen = f", {figure(unknown)} not seen" if unknown else ""
    parts = [BarPart(failed, kind, is_hatched=not account.is_swept), BarPart(unknown, "unknown", is_hatched=True)]
    return Bar(account.name, parts, figure(failed + unknown), url, f"{account.name}: {figure(failed)} fail{unseen}")


def elsewhere_title(scope: Scope, finding: FindingRecord, others: int, noun: tuple[str, str]) -> str:
    """Return on how many of the other resources the same check is open."""
    status: CheckSummary | None = check_status(scope, finding.check_id)
    if status is None:
        return f"{plural(others, 'other finding')} of this check"
    is_counted = finding.closed_at is None and finding.triage not in Triage.SET_ASIDE
    failed = status.failed - (is_counted and finding.status == "fail")
    unknown = status.unknown - (is_counted and finding.status == "unknown")
    judged = status.passed + failed + unknown - (finding.closed_at is not None)
    if judged <= 0:
        return f"There are no other {noun[1]}"
    one, many = noun
    if judged == 1:
        return f"The only other {one} {'fails this too' if failed else 'could not be seen' if unknown else 'passes'}"
    if not failed + unknown:
        return f"Both other {many} pass" if judged == BOTH else f"All {figure(judged)} other {many} pass"
    unseen = f", {figure(unknown)} could not be seen" if unknown else ""
    if failed == judged == BOTH:
        return f"Both other {many} fail this too"
    number = figure(failed) if failed else "None"
    return f"{number} of {figure(judged)} other {many} {'fails' if failed == 1 else 'fail'} this too{unseen}"


def through_time(request: HttpRequest, scope: Scope, check_id: str, now: CheckSummary | None) -> Panel | None:
    """Return how many findings of a check were open after each day with a sweep.

    None before the second such day. The last day is as it is `now`: decisions since its sweep count at once.
    """

    def read_series() -> list[CheckDay]:
        return query.load_check_series(scope, check_id, scope.now - PERIOD, scope.now)

    # Of a whole organization the days are at hand; of other scopes they are counted account by account.
    series = read_series() if scope.is_whole_organization else cache_for_page(request, "series", read_series)
    days = [tally.TallyDay(one.day, one.failed, one.unknown) for one in series]
    if len(days) < 2:  # noqa: PLR2004 - a course has two ends
        return None
    if now is not None:
        days[-1] = tally.TallyDay(days[-1].day, now.failed, now.unknown)
    change = days[-1].failed - days[0].failed
    since = day(days[0].day)
    title = f"{figure(abs(change))} {'more' if change > 0 else 'fewer'} fail than on {since}"
    if not change:
        title = f"As many fail as on {since}"
    rows = [(day(one.day), figure(one.failed), figure(one.unknown)) for one in reversed(days)]
    url = url_in_scope(request, "drift:list", {"kind": "opened"}, check=check_id)
    wide, narrow = (tally.draw(days, title, width) for width in (tally.WIDE, tally.NARROW))
    return Panel(title, "Opened", url, wide, ("Day", "Fail", "Not seen"), rows, narrow)
