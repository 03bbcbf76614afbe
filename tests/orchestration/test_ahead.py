"""The time that a sweep still takes.

A range from earlier timings, or the plain word that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import AwsAccount
from posture.history.models import AccountSweep, Snapshot
from posture.orchestration.time_left import TimeLeft, format_range, span, time_left
from tests.web.world import World

pytestmark = pytest.mark.django_db

NOW = timezone.now()
State = AccountSweep.State


def swept(world: World, days_ago: int, seconds: Mapping[AwsAccount, float]) -> None:
    """Record a complete sweep in which accounts took so long."""
    at = NOW - timedelta(days=days_ago)
    snapshot = Snapshot.objects.create(
        organization=world.organization, as_of=at, started_at=at, ended_at=at, state="complete", trigger="schedule"
    )
    for account, took in seconds.items():
        AccountSweep.objects.create(
            snapshot=snapshot,
            account=account,
            state=State.DONE,
            started_at=at,
            ended_at=at + timedelta(seconds=took),
        )


def begin(world: World, **states: tuple[str, datetime | None, datetime | None]) -> Snapshot:
    """Begin a sweep in which accounts, by name, are in a given state."""
    snapshot = Snapshot.objects.create(organization=world.organization, as_of=NOW, trigger="person")
    for name, (state, started, ended) in states.items():
        account = AwsAccount.objects.get(name=name)
        AccountSweep.objects.create(snapshot=snapshot, account=account, state=state, started_at=started, ended_at=ended)
    return snapshot


WAITS = (State.QUEUED, None, None)


def seconds(left: TimeLeft) -> tuple[float, float]:
    assert left.low is not None
    assert left.high is not None
    return left.low.total_seconds(), left.high.total_seconds()


def test_without_an_earlier_sweep_there_is_nothing_to_go_by(world: World) -> None:
    left = time_left(begin(world, payments=WAITS, playground=WAITS), NOW, workers=1)
    assert (left.low, left.high, left.words) == (None, None, "")
    assert left.basis == "no earlier sweep to go by yet"


def test_without_a_worker_no_time_is_promised(world: World) -> None:
    swept(world, 1, {world.ours: 100, world.theirs: 40})
    for workers in (0, None):
        assert time_left(begin(world, payments=WAITS), NOW, workers).basis == "no worker is at work on it"
        Snapshot.objects.filter(state="running").delete()


def test_earlier_timings_are_laid_on_the_lanes_and_give_a_range(world: World) -> None:
    swept(world, 3, {world.ours: 90, world.theirs: 30})
    swept(world, 2, {world.ours: 110, world.theirs: 40})
    left = time_left(begin(world, payments=WAITS, playground=WAITS), NOW, workers=1)
    assert seconds(left) == (90, 110), "both at once, and the longer one decides"
    assert left.words == "1 to 2 minutes"
    assert "by earlier timings of 2 accounts left, 2 at a time" in left.basis


def test_one_earlier_sweep_alone_gives_a_wide_range(world: World) -> None:
    swept(world, 1, {world.ours: 100})
    assert seconds(time_left(begin(world, payments=WAITS), NOW, workers=1)) == (75, 125)


def test_what_has_run_already_is_not_counted_again(world: World) -> None:
    swept(world, 3, {world.ours: 90})
    swept(world, 2, {world.ours: 110})
    begun = NOW - timedelta(seconds=60)
    left = time_left(begin(world, payments=(State.RUNNING, begun, None)), NOW, workers=0)
    assert seconds(left) == pytest.approx((30, 50)), "a lane is at work, whoever was seen"


def test_a_new_account_is_taken_for_one_in_the_middle_and_is_said(world: World) -> None:
    swept(world, 3, {world.ours: 90})
    swept(world, 2, {world.ours: 110})
    left = time_left(begin(world, payments=WAITS, playground=WAITS), NOW, workers=1)
    assert seconds(left) == (90, 125)
    assert "2 accounts left, 1 of them new" in left.basis


def test_a_sweep_that_is_slower_than_before_says_so_by_itself(world: World) -> None:
    world.add_accounts(8)
    extra = list(AwsAccount.objects.filter(name__startswith="a-"))
    swept(world, 2, dict.fromkeys([*extra, world.ours], 10))
    done = (State.DONE, NOW - timedelta(seconds=30), NOW - timedelta(seconds=10))
    left = time_left(begin(world, payments=WAITS, **{one.name: done for one in extra}), NOW, workers=1)
    assert seconds(left) == (20, 20)
    assert "at this sweep's own pace" in left.basis


def test_what_a_refused_account_took_says_nothing(world: World) -> None:
    swept(world, 1, {world.ours: 100})
    AccountSweep.objects.update(state=State.REFUSED)
    assert time_left(begin(world, payments=WAITS), NOW, workers=1).low is None


def test_the_longest_go_first_so_that_none_ends_alone() -> None:
    assert span([(4, None), (3, None), (3, None)], 2) == 6
    assert span([(10, 2.0), (1, None), (1, None)], 2) == 8
    assert span([(10, 500.0)], 1) == pytest.approx(1.5), "what is overdue still takes a while"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (10, 40, "under a minute"),
        (20, 100, "up to 2 minutes"),
        (61, 60 * 5, "1 to 5 minutes"),
        (3600, 3 * 3600 + 1, "60 minutes to 4 hours"),
        (7200, 3 * 3600 + 1, "2 to 4 hours"),
        (86_400, 259_200, "24 hours to 3 days"),
        (120, 120, "up to 2 minutes"),
        (0, 0, "under a minute"),
    ],
)
def test_ranges_are_rounded_to_the_outside(low: float, high: float, words: str) -> None:
    assert format_range(timedelta(seconds=low), timedelta(seconds=high)) == words
