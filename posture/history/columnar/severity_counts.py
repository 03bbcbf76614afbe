"""Counts from the event log when findings of one severity began or ceased to fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set as AbstractSet
from datetime import datetime

import numpy as np

from posture.history.columnar.event_columns import EventColumns
from posture.history.columnar.event_reader import SEPARATOR
from posture.history.columnar.period_counts import FINDING_KINDS


def count_events_of_severity(
    events: EventColumns, account_pks: AbstractSet[int], severity: int, since: datetime, until: datetime
) -> Counter[tuple[int, str, str]]:
    """Count events after `since` and up to `until` by instant, check and kind.

    Instants are in microseconds.
    """
    parted = [name.split(SEPARATOR) for name in events.names]
    checks = sorted({check_id for check_id, *_ in parted})
    known = {check_id: place for place, check_id in enumerate(checks)}
    code = np.array([known[one] if int(rated) == severity else -1 for one, rated, *_ in parted], np.int64)
    inside = events.between(since, until)
    # Few events are of one severity: they are located once, and the rest is left alone.
    rows = inside.start + np.flatnonzero(np.append(code >= 0, False)[events.name[inside]])
    if not events.accounts_among(account_pks):
        mine = np.isin(events.accounts, np.fromiter(account_pks, np.int64))
        rows = rows[mine[events.account[rows]]]
    at = np.searchsorted(np.cumsum(events.counts), rows, "right")
    width = len(FINDING_KINDS)
    key, number = np.unique(
        (at * len(checks) + code[events.name[rows]]) * width + events.values("kind")[rows], return_counts=True
    )
    instants, kinds = events.instants.tolist(), FINDING_KINDS
    return Counter({
        (instants[each // width // len(checks)], checks[each // width % len(checks)], kinds[each % width]): count
        for each, count in zip(key.tolist(), number.tolist(), strict=True)
    })  # fmt: skip
