"""A sweep over its time."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import timeline
from posture.drawing.timeline import BarState, CountBand, TimelineBar, TimelineGroup
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return a sweep at work with accounts in every state, wide and narrow."""
    bars = [
        TimelineBar(
            (LONG_NAME, HOSTILE, "payments")[at % 3],
            state,
            *_times(at, state),
            note="12 gaps",
            title=HOSTILE,
            url="#",
            attempts=1 + at % 3,
        )
        for at, state in enumerate(BarState)
    ]
    band = CountBand(bars * 5, 60, "At a time")
    groups = [TimelineGroup("", bars[:3]), TimelineGroup("At work and waiting", bars[3:])]
    return [
        ("Done, partly, failed, at work, waiting.", timeline.draw(band, groups, "A sweep", 600, now=420)),
        ("On a phone.", timeline.draw(band, groups, "A sweep, narrow", 600, layout=timeline.NARROW)),
    ]


def _times(at: int, state: BarState) -> tuple[float | None, float | None, float | None]:
    began = 30.0 * at
    if state in {BarState.WAITING, BarState.SKIPPED}:
        return None, None, None
    return began, began + 180, None if state is BarState.RUNNING else began + 200
