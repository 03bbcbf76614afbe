"""Computes from columns how long findings were open that ended in a period.

By group. Knows no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture.history.columnar.event_columns import EventColumns

DurationSummary = tuple[int, float | None, float | None, float | None, int]
"""How many were mended; mean, median and longest seconds of these; how many ended otherwise."""
BITS = 50
"""Of a number of microseconds: 35 years."""
GROUPS_MAX = 2 ** (63 - BITS)

Numbers = NDArray[np.int64]


def summarize_durations(
    months: Iterable[EventColumns], groups: Mapping[int, Sequence[str]] | None, since: datetime, until: datetime
) -> dict[str, DurationSummary]:
    """Summarize findings that ended after `since` and up to `until`, by group.

    The groups are those of the finding's account; without `groups`, severities.

    An account counts in each of its groups, and is left out without one.
    """
    codes: dict[str, int] = {}
    parts = [
        (group, events.values("micros")[rows], events.values("mended")[rows])
        for events in months
        for rows in [events.between(since, until)]
        for group in _groups(codes, events, rows, groups)
    ]
    if not parts:
        return {}
    group, micros, mended = (np.concatenate(column) for column in zip(*parts, strict=True))
    counted = group >= 0
    group, micros, mended = group[counted], micros[counted], mended[counted].astype(np.bool_)
    otherwise = np.bincount(group[~mended], minlength=len(codes))
    group, micros = _sort(group[mended], micros[mended])
    ends = np.searchsorted(group, np.arange(len(codes)), "right")
    starts = np.concatenate([[0], ends[:-1]])
    found = {
        name: (*_summarize(micros[starts[code] : ends[code]]), int(otherwise[code])) for name, code in codes.items()
    }
    return {name: each for name, each in found.items() if each[0] or each[4]}


def _groups(
    codes: dict[str, int], events: EventColumns, rows: slice, groups: Mapping[int, Sequence[str]] | None
) -> Iterable[Numbers]:
    """Yield each event's group number, -1 for none, once per group of its account."""
    if groups is None:
        named = np.array([codes.setdefault(name, len(codes)) for name in events.names], np.int64)
        yield named[events.name[rows]]
        return
    mine = [groups.get(pk, ()) for pk in events.accounts.tolist()]
    for place in range(max((len(each) for each in mine), default=0)):
        numbers = [codes.setdefault(each[place], len(codes)) if len(each) > place else -1 for each in mine]
        yield np.array(numbers, np.int64)[events.account[rows]]


def _sort(group: Numbers, micros: Numbers) -> tuple[Numbers, Numbers]:
    """Return both by group, and within it the shortest first."""
    if len(group) and int(group.max()) >= GROUPS_MAX:
        order = np.lexsort((micros, group))
        return group[order], micros[order]
    both = np.sort((group << BITS) | micros)
    return both >> BITS, both & ((1 << BITS) - 1)


def _summarize(micros: NDArray[Any]) -> tuple[int, float | None, float | None, float | None]:
    number = len(micros)
    if not number:
        return 0, None, None, None
    middle = (int(micros[(number - 1) // 2]) + int(micros[number // 2])) / 2
    return number, float(micros.mean()) / 1e6, middle / 1e6, int(micros[-1]) / 1e6
