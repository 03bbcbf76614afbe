"""Why the score moved."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import attribution
from posture.drawing.attribution import AttributionGroup, AttributionPart, Waterfall
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return a fall with gains, losses and lost visibility, wide and narrow."""
    groups = [
        AttributionGroup(
            "Fixed",
            3.4,
            [
                AttributionPart("Public buckets closed", "2 accounts", 2.1, "#"),
                AttributionPart(LONG_NAME, "1 account", 1.3),
            ],
            "#",
        ),
        AttributionGroup(
            "Broken",
            -5.2,
            [AttributionPart(HOSTILE, "payments", -4.0, "#"), AttributionPart("9 more", "", -1.2, is_rest=True)],
            "#",
        ),
        AttributionGroup(
            "Could not be seen", -1.0, [AttributionPart("Permission lost", "s3:GetBucketPolicy", -1.0)], is_hatched=True
        ),
        AttributionGroup("Nothing else", 0.0, []),
    ]
    fall = Waterfall(80.4, 77.6, "1 October", "1 November", groups)
    return [
        ("Gains, losses, and what is no longer seen.", attribution.draw(fall, "Why the score moved")),
        ("On a phone.", attribution.draw(fall, "Why the score moved, narrow", attribution.NARROW)),
    ]
