"""Why a score moved is rounded_steps by the largest parts of its bridge."""

from __future__ import annotations

import pytest

from accounts.models import AwsAccount
from posture.core.attribution import Cause, Delta
from posture.core.score import Band
from posture.history.query.attribution import AttributedCause, Contribution, ScoreAttribution
from posture.pages.dashboard.score_change import largest
from posture.pages.drift.causes import rounded_steps
from posture.web.templatetags.words import MINUS


def bridge(undetermined: float = 0.0, **parts: float) -> ScoreAttribution:
    made = [AttributedCause(cause, parts.get(cause.value, 0.0), 0.0) for cause in Cause]
    return ScoreAttribution(Band(50, 50), Band(50, 50), made, Delta(undetermined), [], [])


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (bridge(fixed=1.8, sight=-0.7, new=0.04), ["fixed +1.8", f"less seen {MINUS}0.7"]),
        (bridge(sight=0.3, accounts=-4.0, undetermined=1.0),
         [f"accounts joined or left {MINUS}4.0", "before causes were recorded +1.0", "more seen +0.3"]),
        (bridge(rule=1, parameter=-2, decided=3, deleted=4),
         ["deleted +4.0", "decided by people +3.0", f"parameters changed {MINUS}2.0", "rules changed +1.0"]),
        (bridge(), []),
    ],
)  # fmt: skip
def test_the_largest_parts_are_named(found: ScoreAttribution, words: list[str]) -> None:
    assert [one.words for one in largest(found)] == words


def test_parts_are_rounded_as_the_bridge_draws_them() -> None:
    """Rounded one by one they would be 1.9 and 0.3; the chart shows 1.8 and 0.2."""
    parts = [AttributedCause(Cause.FIXED, 1.86, 0.0), AttributedCause(Cause.VISIBILITY, -0.26, 0.0)]
    found = ScoreAttribution(Band(50.46, 51), Band(52.06, 53), parts, Delta(), [], [])
    assert [one.words for one in largest(found)] == ["fixed +1.8", f"less seen {MINUS}0.2"]
    assert [one.points for one in largest(found)] == [points for _, points, _ in rounded_steps(found) if points]


def test_the_account_in_which_a_part_was_largest_is_named() -> None:
    shop = AwsAccount(account_id="111122223333", name="shop")
    part = AttributedCause(Cause.FIXED, 2.0, 2.0, leaders=[Contribution(shop, 1.5, 1.5)])
    of_two = ScoreAttribution(Band(50, 50), Band(52, 52), [part], Delta(), [], [], number=2)
    of_one = ScoreAttribution(Band(50, 50), Band(52, 52), [part], Delta(), [], [], number=1)
    assert [each.account_name for found in (of_two, of_one) for each in largest(found)] == ["shop", ""]
