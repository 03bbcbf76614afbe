"""Replay of a fixed cohort from columns: a past score plus later fixes and breaks.

It changes the score of a date by what was fixed and what regressed since, and by nothing else. Knows no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture.core.outcome import Severity
from posture.history.columnar.event_columns import EventColumns, Numbers, to_micros
from posture.history.columnar.event_reader import BEGAN, MENDED, REGRESSED, SEPARATOR
from posture.history.columnar.period_counts import assign_slots

BITS, KIND = 3, 7
"""The bits of a number that hold the kind; the others hold the slot."""
INT32_MAX = np.iinfo(np.int32).max
Bands = dict[int, tuple[float, float]]
"""Lower and upper end, by account; accounts without anything to judge left out."""


def keep_last_events(events: EventColumns) -> EventColumns:
    """Return the last event of each account and name; of counts, if it is not zero."""
    rows = np.zeros(len(events), np.bool_)
    rows[_find_last_events(events)] = True
    return events.select(rows)


def _find_last_events(events: EventColumns) -> Numbers:
    """Return the positions of the last events."""
    which = np.full(len(events.accounts) * len(events.names), -1, np.int64)
    # Of several writes to one place NumPy keeps the last.
    which[events.account.astype(np.int64) * len(events.names) + events.name] = np.arange(len(events))
    rows = which[which >= 0]
    return rows[events.values("judged")[rows] > 0] if "judged" in events.more else rows


def move_to_instant(events: EventColumns, at: datetime) -> EventColumns:
    """Return events as if all of them had happened at one instant."""
    return replace(events, instants=np.array([to_micros(at)]), counts=np.array([len(events)], np.int64))


def replay_cohort(
    account_pks: Sequence[int],
    tallies: Iterable[EventColumns],
    episodes: Sequence[EventColumns],
    since: datetime,
    until: datetime,
    aside: NDArray[np.int64],
) -> Bands:
    """Return the scores at `since` with later fixes and regressions, by account.

    `tallies` are events whose last ones were current at `since`; changes of the findings in `aside` are left out.
    """
    places = {pk: place for place, pk in enumerate(account_pks)}
    opening = list(tallies)
    checks = _number(name.split(SEPARATOR)[0] for events in [*opening, *episodes] for name in events.names)
    judged, undetermined, failing, weight = (np.zeros(len(places) * len(checks)) for _ in range(4))
    for events in opening:
        slot, rows = _find_slots(places, checks, events, _find_last_events(events))
        judged[slot], undetermined[slot] = events.values("judged")[rows], events.values("undetermined")[rows]
        failing[slot], weight[slot] = events.values("failing")[rows], _weights(events)[events.name[rows]]
    for slot, step in _find_moves(places, checks, episodes, since, until, aside):
        failing += step * np.bincount(slot, minlength=len(failing))
    there = np.flatnonzero(judged > 0)
    account, judged, undetermined, weight = (
        there // max(len(checks), 1),
        judged[there],
        undetermined[there],
        weight[there],
    )
    failing = np.maximum(failing[there], 0)
    whole = np.bincount(account, weight, len(places))
    low, high = (
        np.bincount(account, weight * np.minimum(judged, bad) / judged, len(places))
        for bad in (failing + undetermined, failing)
    )
    return {
        pk: (100 * (1 - low[place] / whole[place]), 100 * (1 - high[place] / whole[place]))
        for pk, place in places.items()
        if whole[place] > 0
    }


def _number(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def _find_slots(
    places: Mapping[int, int], checks: Mapping[str, int], events: EventColumns, rows: Any
) -> tuple[Numbers, Any]:
    """Return the slot (account and check) of events, and the rows.

    Events of other accounts are left out.
    """
    mine = np.array([places.get(pk, -1) for pk in events.accounts.tolist()], np.int64)
    if not (mine >= 0).all():
        inside = np.flatnonzero(mine[events.account[rows]] >= 0)
        rows = inside + rows.start if isinstance(rows, slice) else rows[inside]
    codes = np.array([checks[name.partition(SEPARATOR)[0]] for name in events.names], np.int64)
    slots: Numbers = (mine * len(checks))[events.account[rows]] + codes[events.name[rows]]
    return slots, rows


def _weights(events: EventColumns) -> NDArray[np.float64]:
    """Return the weight of each name."""
    severities = (int(name.partition(SEPARATOR)[2] or 1) for name in events.names)
    return np.array([Severity(each).weight for each in severities], np.float64)


def _find_moves(
    places: Mapping[int, int],
    checks: Mapping[str, int],
    months: Sequence[EventColumns],
    since: datetime,
    until: datetime,
    aside: NDArray[np.int64],
) -> Iterable[tuple[Numbers, int]]:
    """Return the slots with fixes and with regressions, each with the step it makes.

    What failed at the start and was mended first is fixed; what fails at the end since its resource was changed, which
    was there at the start, has regressed.
    """
    parts = [_part(places, checks, events, since, until, aside) for events in months if len(events)]
    findings, size = assign_slots([finding for finding, *_ in parts])
    # Each finding's last event, with its slot, which is the same for all of them; and the kind of the first.
    narrow = len(places) * len(checks) << BITS <= INT32_MAX
    last: NDArray[Any] = np.zeros(size, np.int32 if narrow else np.int64)
    first = np.zeros(size, np.uint8)
    # Of several writes to one place NumPy keeps the last.
    for finding, (_, slot, kind) in zip(findings, parts, strict=True):
        last[finding] = slot << BITS | kind
    for finding, (_, _, kind) in zip(reversed(findings), reversed(parts), strict=True):
        first[finding[::-1]] = kind[::-1]
    return [(last[first == MENDED] >> BITS, -1), (last[last & KIND == REGRESSED] >> BITS, 1)]


def _part(
    places: Mapping[int, int],
    checks: Mapping[str, int],
    events: EventColumns,
    since: datetime,
    until: datetime,
    aside: NDArray[np.int64],
) -> tuple[NDArray[Any], ...]:
    """Return of each event its finding, its slot and its kind.

    What regressed on a resource that was not there at the start began with it, as far as that start is concerned.
    """
    slot, rows = _find_slots(places, checks, events, events.between(since, until))
    finding, kind = events.values("finding")[rows], events.values("kind")[rows]
    kind = np.where((kind == REGRESSED) & (events.values("seen")[rows] > to_micros(since)), np.uint8(BEGAN), kind)
    if not len(aside):
        return finding, slot, kind
    counted = np.flatnonzero(~np.isin(finding, aside))
    return finding[counted], slot[counted], kind[counted]
