"""When each account of a sweep waited, was swept and was recorded, drawn over the sweep's own clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from posture.history.models import AccountSweep, Snapshot
from posture.web import figures
from posture.web.figures import Figure

MOST_ROWS = 24
"""Accounts that get a row each; more share the rows of the lanes that swept them."""
MINUTES_FROM = timedelta(minutes=5)
"""From so long a sweep on, its clock counts minutes."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One account's way through a sweep, in seconds since the sweep began."""

    account: str
    worker: str
    is_troubled: bool
    began: float
    swept: float
    ended: float

    @property
    def words(self) -> str:
        """What happened when, for the hover."""
        read, recorded = self.swept - self.began, self.ended - self.swept
        end = f"could not be read after {read:.1f} s" if self.is_troubled else f"swept {read:.1f} s"
        return f"{self.account}: waited {self.began:.1f} s, {end}, recorded {recorded:.1f} s"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the chart: an account, or a lane with the accounts that went through it."""

    label: str
    stretches: Sequence[Stretch]


def stretches(snapshot: Snapshot, parts: Iterable[AccountSweep]) -> list[Stretch]:
    """Return the accounts that a worker took and ended, in the order in which they began."""
    found = (_stretch(snapshot, part) for part in parts)
    return sorted((one for one in found if one), key=lambda one: (one.began, one.account))


def _stretch(snapshot: Snapshot, part: AccountSweep) -> Stretch | None:
    if not (part.started_at and part.ended_at and part.claimed_by):
        return None
    return Stretch(
        account=part.account.name,
        worker=part.claimed_by.rpartition(":")[0],
        is_troubled=part.state in {AccountSweep.State.REFUSED, AccountSweep.State.FAILED},
        began=_seconds(snapshot, part.started_at),
        swept=_seconds(snapshot, part.swept_at or part.ended_at),
        ended=_seconds(snapshot, part.ended_at),
    )


def _seconds(snapshot: Snapshot, at: datetime) -> float:
    return round(max(0.0, (at - snapshot.started_at).total_seconds()), 2)


def lanes(found: Iterable[Stretch]) -> list[Row]:
    """Return as many lanes for each worker as it swept accounts at a time, each with what fits into it."""
    by_worker: dict[str, list[list[Stretch]]] = {}
    for one in found:
        own = by_worker.setdefault(one.worker, [])
        free = next((lane for lane in own if lane[-1].ended <= one.began), None)
        if free is None:
            own.append([one])
        else:
            free.append(one)
    return [
        Row(f"Worker {number}, lane {place}", lane)
        for number, own in enumerate(by_worker.values(), 1)
        for place, lane in enumerate(own, 1)
    ]


def timeline(snapshot: Snapshot, parts: Iterable[AccountSweep]) -> Figure | None:
    """Draw a sweep's accounts over time; None where it was not written down when they were swept."""
    found = stretches(snapshot, parts)
    if not found:
        return None
    by_account = len(found) <= MOST_ROWS
    rows = [Row(one.account, [one]) for one in found] if by_account else lanes(found)
    return _draw(rows, by_account=by_account)


def _draw(rows: Sequence[Row], *, by_account: bool) -> Figure:
    longest = max(one.ended for row in rows for one in row.stretches)
    is_long = longest >= MINUTES_FROM.total_seconds()
    size, unit = (60, "min") if is_long else (1, "s")
    pairs = [(row.label, one) for row in rows for one in row.stretches]
    good = [(label, one) for label, one in pairs if not one.is_troubled]
    bad = [(label, one) for label, one in pairs if one.is_troubled]
    data = [
        _bars("Swept", figures.LINK, [(label, one, one.began, one.swept) for label, one in good], size),
        _bars("Could not be read", figures.UNKNOWN, [(label, one, one.began, one.swept) for label, one in bad], size),
        _bars("Recorded", figures.BRASS, [(label, one, one.swept, one.ended) for label, one in pairs], size),
    ]
    if by_account:
        data.insert(0, _bars("Waited", figures.LINE, [(label, one, 0.0, one.began) for label, one in pairs], size))
    layout = figures.layout(
        barmode="overlay",
        bargap=0.35,
        showlegend=True,
        hovermode="closest",
        margin={"t": 32, "b": 40},
        xaxis={
            "showgrid": True,
            "tickformat": ",~f",
            "ticksuffix": f" {unit}",
            "range": [0, longest / size * 1.02],
        },
        yaxis={"autorange": "reversed", "showgrid": False, "type": "category", "dtick": 1, "tickfont": {"size": 10}},
    )
    columns, numbers = _numbers(rows, by_account=by_account)
    title = "When each account waited, was swept and was recorded, since the sweep began"
    height = "short" if len(rows) <= 4 else "medium" if len(rows) <= 12 else "tall"  # noqa: PLR2004 - rows that fit
    return Figure("timeline", title, [each for each in data if each["x"]], layout, columns, numbers, height)


def _bars(name: str, colour: str, spans: Sequence[tuple[str, Stretch, float, float]], size: int) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": [figures.plain(label) for label, *_ in spans],
        "base": [round(start / size, 3) for *_, start, _ in spans],
        "x": [round((end - start) / size, 3) for *_, start, end in spans],
        "hovertext": [figures.plain(one.words) for _, one, *_ in spans],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": colour,
            "pattern": {"shape": "/" if colour == figures.UNKNOWN else "", "size": 6},
        },
    }


def _numbers(rows: Sequence[Row], *, by_account: bool) -> tuple[Sequence[str], list[Sequence[Any]]]:
    if by_account:
        return ("Account", "Waited, s", "Swept, s", "Recorded, s"), [
            (row.label, round(one.began, 1), round(one.swept - one.began, 1), round(one.ended - one.swept, 1))
            for row in rows
            for one in row.stretches
        ]
    return ("Lane", "Accounts", "Longest account", "Busy, s", "Ended after, s"), [_of_lane(row) for row in rows]


def _of_lane(row: Row) -> Sequence[Any]:
    longest = max(row.stretches, key=lambda one: one.ended - one.began)
    busy = sum(one.ended - one.began for one in row.stretches)
    return (row.label, len(row.stretches), longest.account, round(busy, 1), round(row.stretches[-1].ended, 1))
