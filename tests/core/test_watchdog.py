"""Work that takes too much processor time is ended, and nothing else is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from posture.checks import judge
from posture.core import check as checks
from posture.core import watchdog
from posture.core.check import EXAMPLE_NOW, Check, Remediation, check, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, Status, passed
from posture.core.resource import Resource
from posture.core.watchdog import OutOfTimeError, watching

BRIEF = 0.05
WAIT = 60.0
"""Seconds after which a loop that nobody ends gives up by itself, so that a failing test ends."""


def spin() -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        pass
    finished.append("a loop that should have been ended")


finished: list[str] = []


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.02)
    finished.clear()
    yield
    assert not finished


def in_thread(function: Callable[[], Any]) -> Any:
    """Call a function in a thread of its own, as an account's sweep is."""
    said: list[Any] = []

    def run() -> None:
        try:
            said.append(function())
        except BaseException as error:  # noqa: BLE001 - returned
            said.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(2 * WAIT)
    return said[0]


def endless() -> str:
    with watching(BRIEF) as watch, watch.turn():
        spin()
    return "not ended"


@pytest.mark.parametrize("run", [lambda function: function(), in_thread])
def test_a_loop_is_ended_in_whatever_thread(run: Callable[[Callable[[], Any]], Any]) -> None:
    try:
        said = run(endless)
    except OutOfTimeError as error:
        said = error

    assert isinstance(said, OutOfTimeError)


def test_what_catches_every_exception_does_not_catch_the_end() -> None:
    def stubborn() -> None:
        with watching(BRIEF) as watch, watch.turn():
            while True:
                with suppress(Exception):
                    spin()

    assert isinstance(in_thread(stubborn), OutOfTimeError)


def test_what_catches_even_the_end_is_ended_at_the_end_of_its_turn() -> None:
    def deaf() -> None:
        with watching(BRIEF) as watch, watch.turn(), suppress(BaseException):
            spin()

    assert isinstance(in_thread(deaf), OutOfTimeError)


def test_waiting_is_not_counted() -> None:
    with watching(BRIEF) as watch, watch.turn():
        time.sleep(BRIEF * 10)


def test_what_is_paused_is_not_ended() -> None:
    def work() -> None:
        until = time.thread_time() + BRIEF * 6
        while time.thread_time() < until:
            pass

    with watching(BRIEF) as watch, watch.turn(), watch.pause(), watch.pause():
        work()


def test_many_short_turns_are_none_of_them_ended() -> None:
    with watching(BRIEF) as watch:
        until = time.thread_time() + BRIEF * 10
        while time.thread_time() < until:
            with watch.turn():
                sum(range(100))


def test_nothing_is_raised_after_the_turn_that_was_too_long() -> None:
    """Turns that end just as they are ended leave no exception to those after them."""

    def many() -> int:
        ended = 0
        for number in range(40):
            with watching(BRIEF / 10) as watch:
                try:
                    with watch.turn():
                        until = time.thread_time() + BRIEF / 10 + number / 2000
                        while time.thread_time() < until:
                            pass
                except OutOfTimeError:
                    ended += 1
            for _ in range(1000):
                pass
        return ended

    ended = in_thread(many)

    assert isinstance(ended, int), ended


def test_the_watching_thread_ends_with_the_last_watch() -> None:
    with watching(BRIEF):
        assert any(thread.name == "watchdog" for thread in threading.enumerate())
    until = time.monotonic() + WAIT
    while time.monotonic() < until and watchdog._watcher:
        time.sleep(0.01)

    assert not watchdog._watcher


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Check:
    """A check that never ends on some resources."""

    @check(
        resource_type="AWS::Test::Thing",
        title="Thing is quick",
        problem="Thing never ends",
        severity=Severity.LOW,
        controls=(),
        remediation=Remediation(console="Wait."),
        examples=(passes({}), fails({}), is_unknown({})),
    )
    def thing_is_quick(thing: Resource) -> Outcome:
        """It spins."""
        if thing.config["Spins"]:
            spin()
        return passed("It is quick.")

    monkeypatch.setattr("posture.checks.checks_of", lambda _: (thing_is_quick,))
    monkeypatch.setattr("posture.checks.JUDGE_SECONDS", BRIEF)
    return thing_is_quick


def things(*spins: bool) -> list[Resource]:
    return [
        Resource("AWS::Test::Thing", f"arn:aws:test:::{number}", "1", "global", "", {"Spins": each})
        for number, each in enumerate(spins)
    ]


def test_a_check_that_never_ends_is_unknown_for_that_resource_alone(
    frozen: Check, caplog: pytest.LogCaptureFixture
) -> None:
    said = [each.outcome for each in judge(things(False, True, False), [], Clock(EXAMPLE_NOW))]

    assert [each.status for each in said] == [Status.PASS, Status.UNKNOWN, Status.PASS]
    assert "seconds" in said[1].reason
    assert "thing_is_quick ran out of time on arn:aws:test:::1" in caplog.text


def test_a_check_that_keeps_running_out_of_time_judges_no_more(frozen: Check) -> None:
    said = [each.outcome for each in judge(things(*[True] * 5, False), [], Clock(EXAMPLE_NOW))]

    assert {each.status for each in said} == {Status.UNKNOWN}
    assert ["Not judged" in each.reason for each in said] == [False] * checks.MAX_EXPIRED + [True] * 3
