"""How long sweeps took."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import durations
from posture.drawing.durations import DurationColumn
from posture.pages.styleguide.drawings import HOSTILE, Example


def examples() -> Sequence[Example]:
    """Return sweeps whole, partly unread and ended early, and none."""
    some = [
        DurationColumn(60.0 + 37 * (at % 5), (0.0, 0.1, 1.0)[at % 3], HOSTILE, "#", at % 7 == 6)  # noqa: PLR2004
        for at in range(20)
    ]
    return [
        (
            "Some could not read all; two were ended early.",
            durations.draw(some, "Durations", ("1 Oct", "20 Oct"), "3 min"),
        ),
        ("One sweep's accounts.", durations.share_bar(0.7, 0.2, 0.05, 0.05, "Accounts of a sweep")),
        ("None yet.", durations.draw([], "No durations", ("", ""), "")),
    ]
