"""A VPC in the row of a table."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import vpc_row
from posture.drawing.vpc_row import SmallVpc
from posture.pages.styleguide.drawings import Example


def examples() -> Sequence[Example]:
    """Return what is reached, what may be, much, little, and what could not be read."""
    return [
        ("Two interfaces are reached.", vpc_row.draw(SmallVpc([("public", 2), ("private", 2), ("isolated", 2)], 2))),
        ("One is reached, and perhaps more.", vpc_row.draw(SmallVpc([("public", 1), ("unknown", 2)], 1, 3))),
        ("Nothing is reached.", vpc_row.draw(SmallVpc([("isolated", 3)]))),
        ("More subnets than there is room for.", vpc_row.draw(SmallVpc([("public", 40), ("private", 200)], 9))),
        ("No subnets.", vpc_row.draw(SmallVpc([]))),
        ("Its subnets could not be listed.", vpc_row.draw(SmallVpc([], is_unread=True))),
    ]
