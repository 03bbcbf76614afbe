"""Charts of sweeps: the accounts of one over time, and the last ones by duration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from posture.drawing import durations, timeline
from posture.drawing.timeline import NARROW, BarState, CountBand, TimelineBar, TimelineGroup
from posture.history.query import AccountSweep, Snapshot
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import day, figure, moment, percent, plural, short

Part = AccountSweep.State
MOST_ROWS = 30
"""Accounts that all get a bar; of more, those that need somebody and the slowest get one, and all are in the band."""
NAMED = 8
"""Bars of each group where not all accounts get one."""
BAND_HEIGHT, FEW_BAND_HEIGHT = 96.0, 40.0
LONG_SHARE = 0.4
"""The share of a sweep from which on its slowest account is the point of the picture."""
AHEAD = 1.25
"""How much longer than a running sweep has taken its picture reaches, so that it does not move at each look."""
LAST_SWEEPS = 60

STATES = {
    Part.QUEUED: BarState.WAITING,
    Part.RUNNING: BarState.RUNNING,
    Part.DONE: BarState.DONE,
    Part.REFUSED: BarState.FAILED,
    Part.FAILED: BarState.FAILED,
    Part.CANCELLED: BarState.CANCELLED,
    Part.SKIPPED: BarState.SKIPPED,
}
NOTES = {
    Part.QUEUED: "waiting",
    Part.REFUSED: "role refused",
    Part.FAILED: "failed",
    Part.CANCELLED: "cancelled",
    Part.SKIPPED: "not swept",
}


def of_sweep(
    request: HttpRequest, snapshot: Snapshot, parts: Iterable[AccountSweep], partial: AbstractSet[int], now: datetime
) -> Panel | None:
    """Return a sweep over its time; `partial` are the accounts that were read in part.

    None where no time is known.
    """
    bars = [_bar(request, snapshot, part, partial, now) for part in parts]
    if not any(bar.began is not None for bar in bars):
        return None
    is_running = snapshot.state == Snapshot.State.RUNNING
    elapsed = ((snapshot.ended_at or now) - snapshot.started_at).total_seconds()
    length = _steady(elapsed * AHEAD) if is_running else max([elapsed, *(bar.ended or 0.0 for bar in bars)])
    title = _running_title(bars) if is_running else _title(bars, length)
    groups = _groups(bars, is_running=is_running)
    is_few = len(bars) <= MOST_ROWS
    band = CountBand(bars, FEW_BAND_HEIGHT if is_few else BAND_HEIGHT, "At a time")
    label = f"Accounts over the time of the sweep. {title}"
    at = elapsed if is_running else None
    return Panel(
        title,
        "Accounts",
        "" if is_running else "#parts",
        timeline.draw(band, groups, label, length, at),
        ("Account", "Result", "Waited, s", "Took, s"),
        [] if is_running else [_numbers(bar) for group in groups for bar in group.bars],
        timeline.draw(band, groups, label, length, at, NARROW),
    )


def _steady(seconds: float) -> float:
    """Return a length that is a little more and stays the same for a while."""
    size = next((one for one in timeline.STEPS if seconds / one <= 12), timeline.STEPS[-1])  # noqa: PLR2004 - labels
    return float((seconds // size + 1) * size)


def _bar(
    request: HttpRequest, snapshot: Snapshot, part: AccountSweep, partial: AbstractSet[int], now: datetime
) -> TimelineBar:
    state = STATES[Part(part.state)]
    if state is BarState.DONE and part.account_id in partial:
        state = BarState.PARTIAL
    began, read, ended = (_seconds(snapshot, at) for at in (part.started_at, part.swept_at, part.ended_at))
    note = _note(part, now, is_partial=state is BarState.PARTIAL)
    again = f", attempt {part.attempt}" if part.attempt > 1 else ""
    title = f"{part.account.name} ({part.account.account_id}): {note}{again}{f'. {part.reason}' if part.reason else ''}"
    return TimelineBar(
        part.account.name,
        state,
        began if part.state != Part.SKIPPED else None,
        read if read is not None else ended,
        ended,
        note,
        title,
        _url(request, snapshot, part, is_partial=state is BarState.PARTIAL),
        part.attempt,
    )


def _seconds(snapshot: Snapshot, at: datetime | None) -> float | None:
    return None if at is None else round(max(0.0, (at - snapshot.started_at).total_seconds()), 2)


def _note(part: AccountSweep, now: datetime, *, is_partial: bool) -> str:
    """Return what is written at the end of an account's row."""
    if part.state == Part.RUNNING:
        return f"for {short(now - part.started_at)}" if part.started_at else "being read"
    if note := NOTES.get(Part(part.state)):
        return note
    took = short(part.ended_at - part.started_at) if part.started_at and part.ended_at else "done"
    return f"{took}, {plural(part.gap_count, 'gap')}" if is_partial else took


def _url(request: HttpRequest, snapshot: Snapshot, part: AccountSweep, *, is_partial: bool) -> str:
    """Return the URL behind an account's bar: of its error, its gaps or itself."""
    if part.state in {Part.REFUSED, Part.FAILED}:
        return "#failed"
    account_id = part.account.account_id
    if is_partial:
        as_of = {} if snapshot.state == Snapshot.State.RUNNING else {"as_of": snapshot.as_of.isoformat()}
        return url_in_scope(request, "sweeps:gaps", None, account_id=account_id, **as_of)
    return url_in_scope(request, "organization:account", {"account_id": account_id})


def _groups(bars: Sequence[TimelineBar], *, is_running: bool) -> list[TimelineGroup]:
    """Return the bars that are drawn by name.

    All of them if they are few; otherwise those that need attention, and the slowest.
    """
    if len(bars) <= MOST_ROWS:
        return [TimelineGroup("", sorted(bars, key=_by_start))]
    groups = [_group("Could not be read", bars, lambda bar: bar.state is BarState.FAILED)]
    if is_running:
        groups.append(_group("Being read, longest first", bars, lambda bar: bar.state is BarState.RUNNING))
    groups.append(_group("Slowest", bars, lambda bar: bar.state in {BarState.DONE, BarState.PARTIAL}))
    return [group for group in groups if group.bars]


def _group(heading: str, bars: Sequence[TimelineBar], belongs: Callable[[TimelineBar], bool]) -> TimelineGroup:
    found = sorted((bar for bar in bars if belongs(bar)), key=lambda bar: (-_took(bar), bar.name))
    left = len(found) - NAMED
    return TimelineGroup(f"{heading} (and {figure(left)} more)" if left > 0 else heading, found[:NAMED])


def _by_start(bar: TimelineBar) -> tuple[bool, bool, float, str]:
    """Order by start; those that wait come after, and those that are not swept last."""
    return bar.state is BarState.SKIPPED, bar.began is None, bar.began or 0.0, bar.name


def _took(bar: TimelineBar) -> float:
    """Return how long an account took.

    One that is still being read is longest where it began first.
    """
    if bar.began is None:
        return 0.0
    return bar.ended - bar.began if bar.ended is not None else -bar.began


def _title(bars: Sequence[TimelineBar], length: float) -> str:
    timed = [
        bar
        for bar in bars
        if bar.began is not None and bar.ended is not None and bar.state not in {BarState.CANCELLED, BarState.SKIPPED}
    ]
    if not timed:
        return "No account was read to its end"
    slowest = max(timed, key=_took)
    took = _took(slowest)
    if took >= LONG_SHARE * length and len(timed) > 1:
        share = percent(min(1.0, took / length))
        return f"{slowest.name} took {_short(took)}, {share} of the sweep's time"
    return f"{_most(timed)} at a time; the slowest, {slowest.name}, took {_short(took)}"


def _most(bars: Sequence[TimelineBar]) -> str:
    """Word how many accounts were read at a time at most."""
    moves = sorted((at, move) for bar in bars for at, move in ((bar.began or 0.0, 1), (bar.ended or 0.0, -1)))
    most = now = 0
    for _, move in moves:
        now += move
        most = max(most, now)
    return f"Up to {plural(max(most, 1), 'account')}"


def _running_title(bars: Sequence[TimelineBar]) -> str:
    running = sum(bar.state is BarState.RUNNING for bar in bars)
    waiting = sum(bar.state is BarState.WAITING for bar in bars)
    verb = "is" if running == 1 else "are"
    return f"{plural(running, 'account')} {verb} being read, {figure(waiting)} waiting"


def _short(seconds: float) -> str:
    return short(timedelta(seconds=seconds))


def _numbers(bar: TimelineBar) -> tuple[str, str, str, str]:
    waited = "" if bar.began is None else f"{bar.began:.1f}"
    took = "" if bar.began is None or bar.ended is None else f"{bar.ended - bar.began:.1f}"
    return bar.name, bar.note, waited, took


def of_sweeps(request: HttpRequest, found: Sequence[Any]) -> Panel | None:
    """Return the last sweeps as columns by how long they took.

    None where fewer than two have ended.

    `found` are snapshots with the figures of `queries.with_figures`, newest first.
    """
    ended = [one for one in found if one.took is not None and one.done is not None][:LAST_SWEEPS][::-1]
    if len(ended) < 2:  # noqa: PLR2004 - a single column compares with nothing
        return None
    longest = max(one.took for one in ended)
    title = _durations_title(ended)
    note = f"longest: {short(longest)}"
    wide, narrow = (
        durations.draw([_column(request, one) for one in shown], title, _days(shown), note, width)
        for shown, width in ((ended, 1086.0), (ended[-LAST_SWEEPS // 2 :], 324.0))
    )
    rows = [(moment(one.as_of), accounts_words(one), round(one.took.total_seconds(), 1)) for one in reversed(ended)]
    return Panel(title, "", "", wide, ("Sweep", "Accounts", "Seconds"), rows, narrow)


def _days(shown: Sequence[Any]) -> tuple[str, str]:
    return day(shown[0].as_of), day(shown[-1].as_of)


def _durations_title(ended: Sequence[Any]) -> str:
    complete = [one for one in ended if one.state == Snapshot.State.COMPLETE]
    full = sum(not (one.refused or one.failed) for one in complete)
    if not complete:
        return f"None of the last {plural(len(ended), 'sweep')} was completed"
    if full == len(ended):
        return f"The last {plural(len(ended), 'sweep')} read every account"
    if not full:
        return f"None of the last {plural(len(ended), 'sweep')} read every account"
    return f"{figure(full)} of the last {plural(len(ended), 'sweep')} read every account"


def _column(request: HttpRequest, one: Any) -> durations.DurationColumn:
    total = one.done + one.refused + one.failed + one.cancelled
    unread = (one.refused + one.failed) / total if total else 0.0
    words = f"{moment(one.as_of)}: {one.get_state_display().lower()} in {short(one.took)}, {accounts_words(one)}"
    return durations.DurationColumn(
        one.took.total_seconds(),
        unread,
        words,
        url_in_scope(request, "sweeps:detail", {"pk": one.pk}),
        is_ended_early=one.state != Snapshot.State.COMPLETE,
    )


def accounts_words(one: Any) -> str:
    """Word how many accounts of a sweep were read, and how many were not and why."""
    counts = (
        (one.refused, "refused"),
        (one.failed, "failed"),
        (one.skipped, "not swept"),
        (one.cancelled, "cancelled"),
    )
    rest = [f"{figure(count)} {noun}" for count, noun in counts if count]
    return ", ".join([f"{figure(one.done or 0)} read", *rest])
