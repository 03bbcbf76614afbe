"""The data of the overview: the queries fill it, the template draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.safestring import SafeString

from posture.core.outcome import Severity
from posture.core.score import Band
from posture.pages.dashboard.headline import Phrase
from posture.pages.dashboard.score_change import ScoreChange
from posture.pages.dashboard.unjudged import Unjudged
from posture.web.pictures import Panel
from posture.web.unswept import UnsweptAccount

NARROW_TILES = 5
"""Practices that the overview shows on a phone, as static/css/overview.css does."""


@dataclass(frozen=True, slots=True)
class Hero:
    """The score, how it moved, and why, in words."""

    band: Band | None
    before: Band | None
    why: ScoreChange | None
    """How far it moved and what moved it; None where there is no score."""
    blind_share: float
    accounts: int
    """Accounts that have a score, of `all_accounts`."""
    all_accounts: int
    unswept: str = ""
    """How much of the score rests on accounts that are not swept any more, in words."""
    unjudged: Unjudged | None = None
    """What checks could not judge, which widens the band; None where they judged everything."""

    @property
    def sentence(self) -> str:
        """As "Up 2 since 27 Oct 2026: fixed +1.9 (shop)."; empty where there is no score."""
        return str(self.why or "")


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One of the four figures: a name, a value, notes and a link."""

    name: str
    value: str
    small: str
    note: str
    url: str
    is_unseen: bool = False
    help: str = ""
    """The entry of `posture.web.help` about it, if there is one."""


@dataclass(frozen=True, slots=True)
class OverviewTile:
    """One practice with its score, or without where nothing is to be judged."""

    practice_id: str
    title: str
    url: str
    in_use: bool
    band: Band | None
    change: float | None
    passed: int
    failed: int
    unknown: int
    fact: str = ""
    """What fails most in it, in words."""
    is_judged: bool = True
    """Whether any check serves it."""
    picture: SafeString = field(default_factory=SafeString)
    """What it is about, in a line."""
    is_blind: bool = False
    """Whether too little was read for a score."""

    @property
    def judged(self) -> int:
        """How many outcomes there are."""
        return self.passed + self.failed + self.unknown


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """One line of a list; without a severity it is about lost visibility."""

    title: str
    detail: str
    url: str
    severity: Severity | None
    side: str
    side_note: str


@dataclass(frozen=True, slots=True)
class Todo:
    """One fix to make first: the problem, where, its deadline and its points."""

    title: str
    detail: str
    url: str
    severity: Severity
    due: str
    """When the time limit of the oldest finding ends, or how long ago it did, in words."""
    is_late: bool
    points: str


@dataclass(frozen=True, slots=True)
class News:
    """How many things of a kind happened since a person's last visit."""

    count: int
    what: str
    detail: str
    url: str
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class OverviewPeriod:
    """The figures of the period since `compare_to`, and what got worse in it."""

    figures: Sequence[KeyFigure]
    worse: Sequence[OverviewLine]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page; `trend` is None before the second sweep."""

    headline: Sequence[Phrase]
    hero: Hero
    trend: Panel | None
    accounts: Panel
    ages: Panel
    fixes: Sequence[Todo]
    tiles: Sequence[OverviewTile]
    tiles_title: str
    compare_to: datetime
    not_swept: Sequence[UnsweptAccount] = ()

    @property
    def more_tiles(self) -> int:
        """How many practices a phone leaves to their own page."""
        return max(0, len(self.tiles) - NARROW_TILES)
