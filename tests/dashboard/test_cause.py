"""Why a score moved is told by the largest parts of its bridge."""

from __future__ import annotations

import pytest

from posture.core.bridge import Cause, Delta
from posture.core.score import Band
from posture.dashboard.cause import largest
from posture.history.read.bridge import Bridge, Part
from posture.web.templatetags.words import MINUS


def bridge(untold: float = 0.0, **parts: float) -> Bridge:
    told = [Part(cause, parts.get(cause.value, 0.0), 0.0) for cause in Cause]
    return Bridge(Band(50, 50), Band(50, 50), told, Delta(untold), [], [])


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (bridge(fixed=1.8, sight=-0.7, new=0.04), ["fixed +1.8", f"less seen {MINUS}0.7"]),
        (bridge(sight=0.3, accounts=-4.0, untold=1.0),
         [f"accounts joined or left {MINUS}4.0", "before causes were kept +1.0", "more seen +0.3"]),
        (bridge(rule=1, parameter=-2, decided=3, deleted=4), ["deleted +4.0", "decided by people +3.0",
                                                              f"classified otherwise {MINUS}2.0", "and smaller parts"]),
        (bridge(), []),
    ],
)  # fmt: skip
def test_the_largest_parts_are_told(found: Bridge, words: list[str]) -> None:
    assert list(largest(found)) == words
