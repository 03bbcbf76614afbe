"""Gaps through time."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import gap_history
from posture.pages.styleguide.drawings import Example


def examples() -> Sequence[Example]:
    """Return a gap that grew and was closed."""
    counts = [0, 0, 1, 1, 3, 3, 3, 9, 9, 2, 0, 0]
    return [("It was opened, grew and was closed.",
             gap_history.draw(counts, "A gap through time", ("1 Oct", "today"), "9 accounts"))]  # fmt: skip
