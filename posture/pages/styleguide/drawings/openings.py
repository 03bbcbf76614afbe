"""What opens data stores, and where they are."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import openings
from posture.drawing.openings import OpeningNode, Openings, Strand
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return exposures with strong, weak and stale ties, wide and narrow."""
    ways = [
        OpeningNode("Anyone", "bucket policy", 9, "#", is_strong=True),
        OpeningNode(LONG_NAME, "another account", 3, "#"),
    ]
    stores = [
        OpeningNode("Buckets, confidential", "7 of 40", 8, "#", is_strong=True),
        OpeningNode(HOSTILE, "4 of 90", 4, "#"),
    ]
    places = [
        OpeningNode("payments", "Production", 8, "#", is_selected=True),
        OpeningNode(LONG_NAME, "Sandbox", 4, "#"),
    ]
    strands = [
        Strand(0, 0, 0, 6, is_strong=True),
        Strand(0, 1, 1, 3),
        Strand(1, 0, 1, 2),
        Strand(1, 1, 0, 1, is_stale=True),
    ]
    found = Openings(ways, stores, places, strands)
    return [
        ("As thick as there are stores; hatched as last seen.",
         openings.draw(found, "What opens data", ("Way in", "Stores", "Where"))),
        ("On a phone.", openings.draw_narrow(found, "What opens data, narrow")),
    ]  # fmt: skip
