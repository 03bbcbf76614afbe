"""Resources of an account by family and type."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import families
from posture.drawing.families import Family, Kind
from posture.pages.styleguide.drawings import HOSTILE, LONG, Example


def examples() -> Sequence[Example]:
    """Return families of many and of few, with failing and unseen resources, wide and narrow."""
    made = [
        Family("Compute", [Kind("Instances", 420, 33, 0, "#"), Kind("Images", 60, 0, 12, "#"), Kind(LONG, 7, 1, 0)]),
        Family("Data", [Kind("Metrics", 9000, 0, 0, "#"), Kind("Buckets", 40, 3, 4, "#")]),
        Family(HOSTILE, [Kind(HOSTILE, 4, 4, 0), Kind("Not seen", 3, 0, 3)]),
        Family("Nothing", []),
    ]
    return [
        ("On one scale; a type that is most of all is cut.", families.draw(made, "Resources by family")),
        ("On a phone.", families.draw(made, "Resources by family, narrow", families.NARROW)),
    ]
