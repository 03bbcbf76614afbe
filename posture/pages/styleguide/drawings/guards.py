"""Guards of doors."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import guards
from posture.drawing.guards import GuardBar, GuardPart
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example

LOOKS = ("yes", "old", "no", "accepted", "unseen", "none")


def examples() -> Sequence[Example]:
    """Return bars of every look, with one part that is hardly there."""
    every = [GuardPart(look, place + 1, look, "#") for place, look in enumerate(LOOKS)]
    rare = [GuardPart("yes", 9000, "yes", "#"), GuardPart("no", 1, "no", "#")]
    bars = [
        GuardBar("Behind a WAF", "3 not, 2 old", every),
        GuardBar(LONG_NAME, "1 not", rare),
        GuardBar(HOSTILE, "", ()),
    ]
    return [("Parts add up to all.", guards.draw(bars, "Guards"))]
