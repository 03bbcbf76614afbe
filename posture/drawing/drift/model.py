"""The data that the picture of drift is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DriftDay:
    """The score and the open findings, by panel, after a day's last sweep.

    None where there was no score.
    """

    day: date
    low: float | None
    high: float | None
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class DriftEvent:
    """An event of a day, the points that the score moved then, and its link."""

    day: date
    title: str
    effect: float = 0.0
    url: str = ""
    label: str = ""
    """A shorter title, where the whole one is long."""


@dataclass(frozen=True, slots=True)
class PeriodColumn:
    """One sweep's part of the time axis, or that of a few.

    It leads to what changed in them.
    """

    first: date
    last: date
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """What is printed next to a panel.

    The value at the end of the period, its change, and a note.
    """

    name: str
    kind: str
    value: str
    change: str
    tone: str
    note: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything in the picture; `figures` are of the score first, then of each count."""

    days: Sequence[DriftDay]
    figures: Sequence[PeriodFigures]
    events: Sequence[DriftEvent]
    columns: Sequence[PeriodColumn]
    since: date
    until: date
