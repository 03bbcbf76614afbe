"""A whole in parts."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import rings
from posture.drawing.rings import KINDS, RingPart
from posture.pages.styleguide.drawings import Example


def examples() -> Sequence[Example]:
    """Return a ring with every kind, with one, and with none."""
    return [
        ("Every kind.", rings.draw([RingPart(kind, 5 - at) for at, kind in enumerate(KINDS)], "A ring", "15")),
        ("One kind.", rings.draw([RingPart("pass", 4)], "A ring of one kind", "4")),
        ("Nothing.", rings.draw([], "An empty ring")),
    ]
