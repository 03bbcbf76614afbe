"""What a resource is in, what is in it, and what it points to."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import relations
from posture.drawing.relations import Node, Relations
from posture.pages.styleguide.drawings import HOSTILE, LONG, Example


def examples() -> Sequence[Example]:
    """Return a resource with frames, chips and neighbours, wide and narrow."""
    found = Relations(
        Node("Instance", LONG, "#"),
        [Node("VPC", "shop", "#"), Node("Subnet", HOSTILE, "#")],
        [Node("Volume", "vol-1", "#"), Node("Interface", "eni-1", "#", is_unseen=True)],
        [Node("Role", "app", "#"), Node("Key", "unknown", is_missing=True)],
        [Node("Load balancer", LONG, "#")],
        more_to=12, more_from=3,
    )  # fmt: skip
    return [
        ("Frames hold it, chips are in it, lines lead to others.", relations.draw(found, "Relations")),
        ("On a phone.", relations.draw_narrow(found, "Relations, narrow")),
    ]
