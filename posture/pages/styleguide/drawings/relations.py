"""What a resource is in, what is in it, and what it points to."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import relations
from posture.drawing.relations import RelationNode, Relations
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return a resource with frames, chips and neighbours, wide and narrow."""
    found = Relations(
        RelationNode("Instance", LONG_NAME, "#"),
        [RelationNode("VPC", "shop", "#"), RelationNode("Subnet", HOSTILE, "#")],
        [RelationNode("Volume", "vol-1", "#"), RelationNode("Interface", "eni-1", "#", is_unseen=True)],
        [RelationNode("Role", "app", "#"), RelationNode("Key", "unknown", is_missing=True)],
        [RelationNode("Load balancer", LONG_NAME, "#")],
        more_to=12, more_from=3,
    )  # fmt: skip
    return [
        ("Frames hold it, chips are in it, lines lead to others.", relations.draw(found, "Relations")),
        ("On a phone.", relations.draw_narrow(found, "Relations, narrow")),
    ]
