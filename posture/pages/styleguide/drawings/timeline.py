"""A sweep over its time."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import timeline
from posture.drawing.timeline import Band, Bar, Group, State
from posture.pages.styleguide.drawings import HOSTILE, LONG, Example


def examples() -> Sequence[Example]:
    """Return a sweep at work with accounts in every state, wide and narrow."""
    bars = [
        Bar((LONG, HOSTILE, "payments")[at % 3], state, *_times(at, state), note="12 gaps", title=HOSTILE, url="#",
            attempts=1 + at % 3)
        for at, state in enumerate(State)
    ]  # fmt: skip
    band = Band(bars * 5, 60, "At a time")
    groups = [Group("", bars[:3]), Group("At work and waiting", bars[3:])]
    return [
        ("Done, partly, failed, at work, waiting.", timeline.draw(band, groups, "A sweep", 600, now=420)),
        ("On a phone.", timeline.draw(band, groups, "A sweep, narrow", 600, layout=timeline.NARROW)),
    ]


def _times(at: int, state: State) -> tuple[float | None, float | None, float | None]:
    began = 30.0 * at
    if state in {State.WAITING, State.SKIPPED}:
        return None, None, None
    return began, began + 180, None if state is State.RUNNING else began + 200
