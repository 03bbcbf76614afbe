"""What the overview shows, as plain data: the view fills it, the template draws it, neither computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import AwsAccount
from posture.core.outcome import Severity
from posture.core.score import Band
from posture.dashboard.cause import Why
from posture.web.figures import Figure
from posture.web.notswept import NotSwept


@dataclass(frozen=True, slots=True)
class Hero:
    """The score, how it moved, and why, in words."""

    band: Band | None
    before: Band | None
    why: Why | None
    """How far it moved and what moved it; None where there is no score."""
    chart: Figure | None
    blind_share: float
    accounts: int
    """Accounts that have a score, of `all_accounts`."""
    all_accounts: int
    unswept: str = ""
    """How much of the score stands on accounts that are not swept any more, in words."""

    @property
    def sentence(self) -> str:
        """As "Up 2 since 27 Oct 2026: fixed +1.9 (shop)."; empty where there is no score."""
        return str(self.why or "")


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One of the four figures: a name, a value with its small print, a note, and where it leads."""

    name: str
    value: str
    small: str
    note: str
    url: str
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One practice: how it stands, or that there is nothing of it to judge."""

    title: str
    url: str
    in_use: bool
    band: Band | None
    change: float | None
    passed: int
    failed: int
    unknown: int
    series: Sequence[float | None]
    is_judged: bool = True
    """Whether any check serves it."""

    @property
    def is_blind(self) -> bool:
        """Tell whether nothing at all could be told."""
        return self.in_use and not self.passed and not self.failed and self.unknown > 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: what, where and when, with a figure at its side; no severity means sight was lost."""

    title: str
    detail: str
    url: str
    severity: Severity | None
    side: str
    side_note: str


@dataclass(frozen=True, slots=True)
class RankedAccount:
    """One account in the ranking; `owner` names whoever owns it."""

    account: AwsAccount
    owner: str
    band: Band | None
    change: float | None
    series: Sequence[float | None]
    critical: int
    high: int
    blind_share: float
    last_swept: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page."""

    hero: Hero
    figures: Sequence[KeyFigure]
    tiles: Sequence[Tile]
    worse: Sequence[Line]
    fixes: Sequence[Line]
    accounts: Sequence[RankedAccount]
    more_accounts: int = 0
    not_swept: Sequence[NotSwept] = ()
