"""A share in a line of a table."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import shares
from posture.pages.styleguide.drawings import Example


def examples() -> Sequence[Example]:
    """Return some, one of many, and nothing."""
    return [
        ("Some fail, some were not seen.", shares.draw(3, 2, 10)),
        ("One of ten thousand.", shares.draw(1, 0, 10_000)),
        ("Nothing to judge.", shares.draw(0, 0, 0)),
    ]
