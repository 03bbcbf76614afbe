"""Why a score moved, in one sentence: how far, and the largest parts of its bridge.

No check is named. Parts are kept by cause alone, and a check that fails on more resources of the organization need not
be what moved a mean over accounts.
"""

from __future__ import annotations

from collections.abc import Sequence

from posture.core.bridge import Cause
from posture.core.score import Band
from posture.history import read
from posture.history.read import Bridge
from posture.history.scope import Scope
from posture.web.templatetags.words import MINUS, day

WORDS = {
    Cause.FIXED: "fixed",
    Cause.REGRESSED: "regressed",
    Cause.NEW: "new resources",
    Cause.DELETED: "deleted",
    Cause.ACCOUNTS: "accounts joined or left",
    Cause.RULE: "rules changed",
    Cause.PARAMETER: "classified otherwise",
    Cause.DECIDED: "decided by people",
}
SEEN = {True: "more seen", False: "less seen"}
UNTOLD = "before causes were kept"
NAMED = 3
"""Parts that are told, the largest first."""
LEAST = 0.05
"""Points from which on a part shows in its one digit."""


def sentence(scope: Scope, band: Band, before: Band | None) -> str:
    """Return how far the score moved since `compare_to`, and what moved it most."""
    since = day(scope.compare_to)
    if before is None:
        return f"There was no score yet on {since} to compare with."
    points = round(band.low) - round(before.low)
    moved = f"{'Up' if points > 0 else 'Down'} {abs(points)} since {since}" if points else f"Unchanged since {since}"
    period = read.instant(scope, scope.compare_to), read.instant(scope, scope.now)
    parts = read.kept(scope, "cause", lambda: largest(read.bridge(scope, scope.compare_to, scope.now)), *period)
    return f"{moved}: {', '.join(parts)}." if parts else f"{moved}."


def largest(bridge: Bridge) -> Sequence[str]:
    """Return the parts that moved the lower end most, in words; that there are smaller ones is said last."""
    parts = [(_word(part.cause, part.low), part.low) for part in bridge.parts]
    parts.append((UNTOLD, bridge.untold.low))
    telling = sorted((one for one in parts if abs(one[1]) >= LEAST), key=lambda one: -abs(one[1]))
    rest = ["and smaller parts"] if len(telling) > NAMED else []
    return [f"{word} {_signed(points)}" for word, points in telling[:NAMED]] + rest


def _word(cause: Cause, points: float) -> str:
    return SEEN[points > 0] if cause is Cause.SIGHT else WORDS[cause]


def _signed(points: float) -> str:
    return f"{'+' if points > 0 else MINUS}{abs(points):.1f}"
