"""Ways to sign in, with and without a second factor."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import factors
from posture.drawing.factors import FactorRow
from posture.pages.styleguide.drawings import HOSTILE, Example


def examples() -> Sequence[Example]:
    """Return few people as marks, many as a bar, and those that were not seen."""
    rows = [
        FactorRow("Users with a password", 2, 1, 8, "8, 2 without MFA", "#"),
        FactorRow("Many users", 40, 300, 5_000, "5,000, 40 without MFA", "#"),
        FactorRow(HOSTILE, 0, 18, 18, "18 not seen"),
    ]
    return [("Red without, hatched where it was not seen.", factors.draw(rows, "Second factors"))]
