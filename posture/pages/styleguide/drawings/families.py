"""Resources of an account by family and type."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import families
from posture.drawing.families import FamilyRow, TypeBlock
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return families of many and few resources, failing and unseen, wide and narrow."""
    made = [
        FamilyRow(
            "Compute",
            [
                TypeBlock("Instances", 420, 33, 0, "#"),
                TypeBlock("Images", 60, 0, 12, "#"),
                TypeBlock(LONG_NAME, 7, 1, 0),
            ],
        ),
        FamilyRow("Data", [TypeBlock("Metrics", 9000, 0, 0, "#"), TypeBlock("Buckets", 40, 3, 4, "#")]),
        FamilyRow(HOSTILE, [TypeBlock(HOSTILE, 4, 4, 0), TypeBlock("Not seen", 3, 0, 3)]),
        FamilyRow("Nothing", []),
    ]
    return [
        ("On one scale; a type that is most of all is cut.", families.draw(made, "Resources by family")),
        ("On a phone.", families.draw(made, "Resources by family, narrow", families.NARROW)),
    ]
