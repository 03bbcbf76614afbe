"""An account's last sweeps."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import sweeps
from posture.drawing.sweeps import SweepColumn
from posture.pages.styleguide.drawings import Example


def examples() -> Sequence[Example]:
    """Return sweeps that are complete, partial, failed and missing."""
    shares = (1.0, 1.0, 0.96, 0.4, 0.0, None, 1.0, 0.999)
    some = [SweepColumn(f"{at + 1} Oct", share, f"{at + 1} October", "#") for at, share in enumerate(shares)]
    return [
        ("Whole, in part, not at all, and one that was cancelled.", sweeps.draw(some, "The last sweeps")),
        ("One.", sweeps.draw(some[:1], "One sweep")),
    ]
