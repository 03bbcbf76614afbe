"""Why the score moved."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import attribution
from posture.drawing.attribution import Group, Part, Waterfall
from posture.pages.styleguide.drawings import HOSTILE, LONG, Example


def examples() -> Sequence[Example]:
    """Return a fall with gains, losses and lost visibility, wide and narrow."""
    groups = [
        Group("Fixed", 3.4, [Part("Public buckets closed", "2 accounts", 2.1, "#"), Part(LONG, "1 account", 1.3)], "#"),
        Group("Broken", -5.2, [Part(HOSTILE, "payments", -4.0, "#"), Part("9 more", "", -1.2, is_rest=True)], "#"),
        Group("Could not be seen", -1.0, [Part("Permission lost", "s3:GetBucketPolicy", -1.0)], is_hatched=True),
        Group("Nothing else", 0.0, []),
    ]
    fall = Waterfall(80.4, 77.6, "1 October", "1 November", groups)
    return [
        ("Gains, losses, and what is no longer seen.", attribution.draw(fall, "Why the score moved")),
        ("On a phone.", attribution.draw(fall, "Why the score moved, narrow", attribution.NARROW)),
    ]
