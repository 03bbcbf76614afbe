"""Why a score changed, in one sentence: its largest causes and accounts.

No check is named: points are kept by cause and account alone, and a check that fails on more resources of the
organization need not be what moved a mean over accounts. The page of drift names checks and resources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.core.attribution import Cause
from posture.core.score import Band
from posture.history import query
from posture.history.query import ScoreAttribution
from posture.history.scope import Scope
from posture.web import figures
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import day

WORDS = {
    Cause.FIXED: "fixed",
    Cause.REGRESSED: "regressed",
    Cause.NEW: "new resources",
    Cause.DELETED: "deleted",
    Cause.ACCOUNTS: "accounts joined or left",
    Cause.RULE: "rules changed",
    Cause.PARAMETER: "parameters changed",
    Cause.DECIDED: "decided by people",
}
SEEN = {True: "more seen", False: "less seen"}
UNKNOWN_CAUSE = "before causes were recorded"
SMALLER = "smaller parts"
NAMED = 3
"""Parts that are named, the largest first."""


@dataclass(frozen=True, slots=True)
class CauseStep:
    """One cause: its points, and the account in which it was largest."""

    cause: Cause | None
    points: float
    account_id: str = ""
    account_name: str = ""

    @property
    def name(self) -> str:
        """What the part is called."""
        if self.cause is None:
            return UNKNOWN_CAUSE
        return SEEN[self.points > 0] if self.cause is Cause.VISIBILITY else WORDS[self.cause]

    @property
    def words(self) -> str:
        """The part as a sentence says it, without its account."""
        return f"{self.name} {figures.format_points(self.points)}"


@dataclass(frozen=True, slots=True)
class LinkedCause:
    """A part with where it leads: to what made it, and to its account."""

    name: str
    points: str
    """With its sign, as "+1.9"."""
    url: str = ""
    account: str = ""
    account_url: str = ""

    @property
    def words(self) -> str:
        """The part as a sentence says it, without its account."""
        return f"{self.name} {self.points}"


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """How far the score moved, and the causes, largest first.

    The smallest causes are one part.
    """

    moved: str
    parts: Sequence[LinkedCause] = ()

    def __str__(self) -> str:
        parts = [f"{one.words} ({one.account})" if one.account else one.words for one in self.parts]
        return f"{self.moved}: {', '.join(parts)}." if parts else f"{self.moved}."


def why(request: HttpRequest, scope: Scope, band: Band, before: Band | None) -> ScoreChange:
    """Return how far the score moved since `compare_to`, and what moved it most."""
    since = day(scope.compare_to)
    points = query.compute_change(band, before)
    if points is None:
        return ScoreChange(f"There was no score yet on {since} to compare with")
    moved = f"{'Up' if points > 0 else 'Down'} {abs(points)} since {since}" if points else f"Unchanged since {since}"
    period = query.date_key(scope, scope.compare_to), query.date_key(scope, scope.now)
    parts = query.get_or_compute(
        scope, "cause", lambda: largest(query.attribute_score(scope, scope.compare_to, scope.now)), *period
    )
    rest = (
        [LinkedCause(SMALLER, figures.format_points(sum(one.points for one in parts[NAMED:])))] if parts[NAMED:] else []
    )
    return ScoreChange(moved, [*(_linked(request, one) for one in parts[:NAMED]), *rest])


def _linked(request: HttpRequest, one: CauseStep) -> LinkedCause:
    url = url_in_scope(request, "drift:cause", {"cause": one.cause.value}) if one.cause else ""
    account = url_in_scope(request, "drift:drift", account=one.account_id, ou="") if one.account_id else ""
    return LinkedCause(one.name, figures.format_points(one.points), url, one.account_name, account)


def largest(bridge: ScoreAttribution) -> list[CauseStep]:
    """Return the causes that moved the lower end, largest first.

    They are rounded as on every page.
    """
    leaders = {part.cause: part.leaders[0].account for part in bridge.parts if part.leaders and bridge.number > 1}
    found = []
    for cause, points in bridge.steps():
        account = leaders.get(cause) if cause else None
        if points:
            found.append(
                CauseStep(cause, points, account.account_id, account.name) if account else CauseStep(cause, points)
            )
    return sorted(found, key=lambda one: -abs(one.points))
