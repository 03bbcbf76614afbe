"""Why a score changed between two dates, as a bridge of causes.

The bridge leads from the one score to the other.

Every point of an account carries what each cause has moved its score by since its history began, so
that the causes between two dates are the difference of two points. Over a scope they are the mean over
the accounts that have a score at both ends; what the others do to the mean is theirs: accounts that
joined, left, or came to have something to judge. So the parts add up to the whole by construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from accounts.models import AwsAccount
from posture.core.attribution import Cause, Delta, in_steps
from posture.core.score import Band, mean
from posture.history.binary_queries import fetch_binary
from posture.history.scope import Scope
from posture.history.statements import load_statement

TENTHS, HUNDREDTHS = 1, 2
End = Literal["low", "high"]
LEADING_ACCOUNTS_MAX = 3
"""Accounts that are named with each part."""
ROUNDING_TOLERANCE = 1e-6
"""Points of a score below which a difference is the arithmetic's own."""

_CAUSES_AT = load_statement(__file__, "causes_at")
"""Account, ends of the band, and causes of each account's last point."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """By how many points of the scope's score an account took part in a cause."""

    account: AwsAccount
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AttributedCause:
    """One cause's points on the lower and the upper end; `accounts` where requested."""

    cause: Cause
    low: float
    high: float
    accounts: Sequence[Contribution] = ()
    leaders: Sequence[Contribution] = ()
    """The accounts in which it moved the lower end most, a few."""
    moved: int = 0
    """Accounts in which it moved the lower end at all."""


@dataclass(frozen=True, slots=True)
class ScoreAttribution:
    """Two scores and the causes between them; no parts without a score at both ends.

    `unattributed` is what happened before causes were kept, as a rule nothing: with it, the parts add up.
    `joined` and `left` are the accounts that have a score at one end only.
    """

    before: Band | None
    after: Band | None
    parts: Sequence[AttributedCause]
    unattributed: Delta
    joined: Sequence[AwsAccount]
    left: Sequence[AwsAccount]
    number: int = 0
    """Of accounts that have a score at both ends."""

    @property
    def is_whole(self) -> bool:
        """Return whether there is a score at both ends."""
        return self.before is not None and self.after is not None

    @property
    def change(self) -> float | None:
        """By how many points the lower end moved."""
        return self.after.low - self.before.low if self.before and self.after else None

    def steps(self, digits: int = TENTHS, end: End = "low") -> list[tuple[Cause | None, float]]:
        """Return each cause with its points, rounded to add up to the rounded scores.

        None is what the causes do not say, and comes last. Every page and mail shows these steps. Empty without a
        score at both ends.
        """
        if self.before is None or self.after is None:
            return []
        parts: list[tuple[Cause | None, AttributedCause | Delta]] = [*((one.cause, one) for one in self.parts)]
        parts.append((None, self.unattributed))
        _, *steps = in_steps(getattr(self.before, end), [getattr(one, end) for _, one in parts], digits)
        return [(cause, step) for (cause, _), step in zip(parts, steps, strict=True)]

    def part(self, cause: Cause) -> AttributedCause:
        """Return the part of one cause."""
        return next((one for one in self.parts if one.cause is cause), AttributedCause(cause, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class _AccountScore:
    """An account's score at one instant, and what its causes have come to by then."""

    low: float
    high: float
    causes: Sequence[float] | None


Points = Mapping[int, _AccountScore]


def attribute_score(scope: Scope, since: datetime, until: datetime, of: Cause | None = None) -> ScoreAttribution:
    """Return why a scope's score changed after `since` and up to `until`.

    `accounts` are listed for the cause `of` alone.
    """
    before, after = _points(scope, since), _points(scope, until)
    both = [pk for pk in before if pk in after]
    old, new = _mean(scope, before, before), _mean(scope, after, after)
    joined = [scope.by_pk[pk] for pk in after if pk not in before]
    left = [scope.by_pk[pk] for pk in before if pk not in after]
    if old is None or new is None:
        return ScoreAttribution(old, new, (), Delta(), joined, left)
    shares = _shares(scope, both)
    sums, leaders, moved = _sums(scope, before, after, shares)
    kept_old = old if len(both) == len(before) else _mean(scope, before, both)
    kept_new = new if len(both) == len(after) else _mean(scope, after, both)
    sums[Cause.ACCOUNTS] += _membership(old, new, kept_old, kept_new)
    attributed = sum(sums.values(), Delta())
    unattributed = Delta(new.low - old.low - attributed.low, new.high - old.high - attributed.high)
    named = {of: _largest(_contributions(scope, before, after, shares, of))} if of else {}
    parts = [
        AttributedCause(
            cause, sums[cause].low, sums[cause].high, named.get(cause, ()), leaders.get(cause, ()), moved.get(cause, 0)
        )
        for cause in Cause
    ]
    return ScoreAttribution(old, new, parts, unattributed, joined, left, len(both))


def _points(scope: Scope, at: datetime) -> dict[int, _AccountScore]:
    """Return the accounts with a score at an instant; plain rows: there are thousands."""
    rows = fetch_binary(_CAUSES_AT, {"accounts": scope.account_pks, "at": at})
    return {pk: _AccountScore(low, high, causes) for pk, low, high, causes in rows if low is not None}


def _mean(scope: Scope, points: Points, pks: Iterable[int]) -> Band | None:
    return mean((Band(points[pk].low, points[pk].high), scope.by_pk[pk].weight) for pk in pks)


def _shares(scope: Scope, pks: Sequence[int]) -> dict[int, float]:
    """Return each account's share of a mean over these accounts."""
    total = sum(scope.by_pk[pk].weight for pk in pks)
    return {pk: scope.by_pk[pk].weight / total if total else 1 / len(pks) for pk in pks}


def _sums(
    scope: Scope, before: Points, after: Points, shares: Mapping[int, float]
) -> tuple[dict[Cause, Delta], dict[Cause, list[Contribution]], dict[Cause, int]]:
    """Sum each cause over the accounts with a score at both ends.

    Returned with where each is largest, and with the number of accounts that it changed.
    """
    nothing = [0.0] * 2 * len(Cause)
    known = [pk for pk in shares if after[pk].causes is not None]
    if not known:
        return dict.fromkeys(Cause, Delta()), {}, {}
    steps = np.array([after[pk].causes for pk in known]) - np.array([before[pk].causes or nothing for pk in known])
    parts = np.array([shares[pk] for pk in known])[:, None] * steps
    sums = parts.sum(axis=0).tolist()
    leaders, moved = {}, {}
    for number, cause in enumerate(Cause):
        ends = parts[:, 2 * number : 2 * number + 2]
        first = np.argsort(-np.abs(ends[:, 0]), kind="stable")[:LEADING_ACCOUNTS_MAX].tolist()
        most = [Contribution(scope.by_pk[known[place]], *ends[place].tolist()) for place in first]
        leaders[cause] = [one for one in most if abs(one.low) > ROUNDING_TOLERANCE]
        moved[cause] = int((np.abs(ends[:, 0]) > ROUNDING_TOLERANCE).sum())
    totals = {cause: Delta(sums[2 * number], sums[2 * number + 1]) for number, cause in enumerate(Cause)}
    return totals, leaders, moved


def _contributions(
    scope: Scope, before: Points, after: Points, shares: Mapping[int, float], cause: Cause
) -> list[Contribution]:
    place, found = 2 * list(Cause).index(cause), []
    for pk, share in shares.items():
        now, then = after[pk].causes, before[pk].causes
        if now is not None:
            low, high = (now[end] - (then[end] if then else 0.0) for end in (place, place + 1))
            found.append(Contribution(scope.by_pk[pk], share * low, share * high))
    return found


def _largest(contributions: Iterable[Contribution]) -> list[Contribution]:
    counting = (one for one in contributions if abs(one.low) > ROUNDING_TOLERANCE or abs(one.high) > ROUNDING_TOLERANCE)
    return sorted(counting, key=lambda one: (-abs(one.low), -abs(one.high), one.account.name))


def _membership(old: Band, new: Band, kept_old: Band | None, kept_new: Band | None) -> Delta:
    """Return the effect of accounts with a score at one end only.

    `kept_old` and `kept_new` are the means over the others.
    """
    if kept_old is None or kept_new is None:
        return Delta(new.low - old.low, new.high - old.high)
    return Delta(kept_old.low - old.low + new.low - kept_new.low, kept_old.high - old.high + new.high - kept_new.high)
