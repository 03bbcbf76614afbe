"""A clock says whether a moment has come, and until when all that it said holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from posture.core.check import Remediation, check
from posture.core.clock import FOR_EVER, Clock
from posture.core.outcome import Outcome, Severity, passed
from posture.core.resource import Resource

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
SPANS = some.timedeltas(-timedelta(days=40), timedelta(days=40))
Questions = list[tuple[str, timedelta, timedelta]]
QUESTIONS = some.lists(some.tuples(some.sampled_from(["has_come", "is_past"]), SPANS, SPANS), max_size=5)


@given(QUESTIONS, some.floats(0, 1, exclude_max=True))
def test_answers_hold_until_it_says_and_one_turns_then(
    questions: list[tuple[str, timedelta, timedelta]], share: float
) -> None:
    clock = Clock(NOW)

    def answers(asked: Clock) -> list[bool]:
        return [getattr(asked, name)(NOW + moment, after) for name, moment, after in questions]

    said = answers(clock)
    assert clock.until >= NOW
    if clock.until < FOR_EVER:
        assert answers(Clock(clock.until + INSTANT)) != said
    else:
        assert all(said)
    instants = (min(clock.until, NOW + timedelta(days=99)) - NOW) // INSTANT
    if instants:
        assert answers(Clock(NOW + min(int(instants * share), instants - 1) * INSTANT)) == said


def test_a_moment_has_come_when_it_is_and_is_past_thereafter() -> None:
    assert [Clock(NOW + by).has_come(NOW) for by in (-INSTANT, 0 * INSTANT, INSTANT)] == [False, True, True]
    assert [Clock(NOW + by).is_past(NOW) for by in (-INSTANT, 0 * INSTANT, INSTANT)] == [False, False, True]


@pytest.mark.parametrize("moment", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_moments_at_the_ends_of_time_break_nothing(moment: datetime) -> None:
    clock = Clock(NOW)

    assert clock.has_come(moment, timedelta(days=90)) is (moment < NOW)
    assert clock.is_past(moment, -timedelta(days=90)) is (moment < NOW)
    assert clock.until == FOR_EVER


def test_a_check_that_takes_the_time_itself_is_refused() -> None:
    def peeks(one: Resource, now: datetime) -> Outcome:
        """It would be judged at every sweep."""
        return passed(f"It is {now}.")

    declared = check(
        resource_type="AWS::S3::Bucket", title="It peeks", problem="It does not peek",
        severity=Severity.LOW, controls=(), examples=(),
        remediation=Remediation(console="None."),
    )  # fmt: skip

    with pytest.raises(TypeError, match="peeks takes now: a check may take its resource, related and clock"):
        declared(peeks)
