"""Calls keep to AWS's published rates, and to what AWS's throttling teaches."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from posture.sweep.errors import CancelledError
from posture.sweep.pacing import LOOK_SECONDS, PUBLISHED, Bucket, Pacer, Rate


class Clock:
    """A clock that moves only when set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    bucket = Bucket(Rate(10, 5), Clock())

    waits = [bucket.reserve() for _ in range(8)]

    assert waits == [0, 0, 0, 0, 0, 0.1, 0.2, 0.3]


def test_tokens_come_back_up_to_the_burst() -> None:
    clock = Clock()
    bucket = Bucket(Rate(10, 5), clock)
    for _ in range(5):
        bucket.reserve()
    clock.now = 100

    assert [bucket.reserve() for _ in range(6)] == [0, 0, 0, 0, 0, 0.1]


def test_throttling_slows_down_and_answers_speed_up_to_the_published_rate_again() -> None:
    bucket = Bucket(Rate(10, 5), Clock())
    bucket.throttled()

    slowed = bucket.reserve()
    for _ in range(200):
        bucket.answered()
    after = bucket.reserve()

    assert slowed > 0.1
    assert after == 0.2


def test_buckets_are_apart_by_region_and_operation() -> None:
    pacer = Pacer(Clock())
    for _ in range(200):
        pacer.reserve("eu-west-1", "ec2", "describe_vpcs")

    assert pacer.reserve("eu-west-1", "ec2", "describe_vpcs") > 1
    assert pacer.reserve("eu-west-1", "ec2", "describe_subnets") == 0
    assert pacer.reserve("eu-west-2", "ec2", "describe_vpcs") == 0


def test_an_api_without_a_published_rate_is_free_until_it_throttles() -> None:
    pacer = Pacer(Clock())
    assert [pacer.reserve("eu-west-1", "glue", "get_jobs") for _ in range(500)] == [0] * 500

    pacer.throttled("eu-west-1", "glue", "get_jobs")

    assert pacer.reserve("eu-west-1", "glue", "get_jobs") > 0


def test_security_hubs_findings_stay_below_three_a_second() -> None:
    assert PUBLISHED["securityhub:get_findings"].rate < 3


def test_no_more_calls_are_under_way_than_may_come_at_once() -> None:
    """Waiting calls arrive all at once, when their tokens have long come back."""
    clock = Clock()
    pacer = Pacer(clock)
    burst = int(PUBLISHED["securityhub:get_findings"].burst)
    held, more = threading.Event(), threading.Semaphore(0)
    where = ("eu-west-1", "securityhub", "get_findings")

    def call(_: int) -> None:
        with pacer.turn(*where, lambda: None):
            more.release()
            held.wait()

    with ThreadPoolExecutor(20) as threads:
        done = threads.map(call, range(20))
        begun = sum(more.acquire(timeout=10) for _ in range(burst))
        clock.now = 100
        another = more.acquire(timeout=2 * LOOK_SECONDS)
        held.set()
        list(done)

    assert begun == burst
    assert not another


def test_what_waits_for_a_slot_can_be_stopped() -> None:
    pacer, where = Pacer(), ("eu-west-1", "cloudtrail", "lookup_events")

    def stop() -> None:
        raise CancelledError

    with pacer.turn(*where, stop), ThreadPoolExecutor(1) as threads:
        waits = threads.submit(lambda: pacer.turn(*where, stop).__enter__())
        with pytest.raises(CancelledError):
            waits.result(timeout=10)
    with pacer.turn(*where, stop):
        pass


def test_what_is_held_up_leaves_no_tokens_for_others() -> None:
    """Delayed for however long, a burst and the next are no more than one burst."""
    clock = Clock()
    pacer, where = Pacer(clock), ("eu-west-1", "securityhub", "get_findings")
    rate = PUBLISHED["securityhub:get_findings"]
    with ExitStack() as held:
        waits = [held.enter_context(pacer.turn(*where, lambda: None)) for _ in range(int(rate.burst))]
        clock.now = 100
    after = []
    for _ in range(3):
        with pacer.turn(*where, lambda: None) as wait:
            after.append(wait)

    assert waits == [0] * int(rate.burst)
    assert after == [pytest.approx(number / rate.rate) for number in (1, 2, 3)]
