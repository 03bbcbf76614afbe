"""A score band in a line of a table."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import scores
from posture.pages.styleguide.drawings import Example


def examples() -> Sequence[Example]:
    """Return bands of each colour, a wide one, a stale one, and none."""
    return [
        *((f"{low} to {low + 2}.", scores.draw(low, low + 2.0)) for low in (40, 75, 84, 92, 97)),
        ("Much could not be seen.", scores.draw(30.0, 95.0)),
        ("As last seen.", scores.draw(66.0, 70.0, is_stale=True)),
        ("No score.", scores.draw(None, None)),
    ]
