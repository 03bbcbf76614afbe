"""A process that sweeps keeps to a core of its own, and gives it back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from posture.sweep import cpu_affinity
from posture.sweep.cpu_affinity import Usage, one_core, roomier

HOLD = """
import sys
from posture.sweep import cpu_affinity
cpu_affinity.CLAIM = sys.argv[1]
core = cpu_affinity.take()
print(core.number, flush=True)
input()
"""

several = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2,
    reason="needs two cores, and Linux",
)


@pytest.fixture(autouse=True)
def claim(monkeypatch: pytest.MonkeyPatch) -> str:
    """Keep what a core is known by to these tests: other tests' workers sweep too."""
    name = f"plumbline-test-{os.getpid()}"
    monkeypatch.setattr(cpu_affinity, "CLAIM", name)
    return name


def affinities() -> set[frozenset[int]]:
    """Return where the threads of this process may run."""
    return {frozenset(os.sched_getaffinity(int(task))) for task in os.listdir("/proc/self/task")}  # noqa: PTH208


@several
def test_all_threads_old_and_new_keep_to_one_core_and_get_all_back(claim: str) -> None:
    allowed = frozenset(os.sched_getaffinity(0))
    with ThreadPoolExecutor(2) as threads:
        threads.submit(os.getpid).result()
        with one_core() as core:
            assert core.number in allowed
            assert affinities() == {frozenset({core.number})}
            inside: list[set[int]] = []
            one = threading.Thread(target=lambda: inside.append(os.sched_getaffinity(0)))
            one.start()
            one.join()
            assert inside == [{core.number}]
        assert affinities() == {allowed}
    with socket.socket(socket.AF_UNIX) as another:
        another.bind(f"\0{claim}-{inside[0].pop()}")


@several
def test_each_process_takes_another_core_and_none_where_all_are_taken(claim: str) -> None:
    allowed = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        holders = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", HOLD, claim], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for _ in allowed
        ]
        assert sorted(str(each.stdout.readline().strip()) for each in holders if each.stdout) == [
            str(number) for number in allowed
        ]
        with one_core() as core:
            assert core.number is None
            core.look()
            assert affinities() == {frozenset(allowed)}
        # However a process ends, its core is free.
        holders[-1].send_signal(signal.SIGKILL)
        holders[-1].wait()
        with one_core() as core:
            assert core.number is not None
        for each in holders[:-1]:
            each.kill()


def test_a_machine_of_one_core_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    with one_core() as core:
        assert core.number is None


@pytest.mark.parametrize(
    ("own", "busy", "idle_elsewhere", "room"),
    [
        (9.0, 9.5, 9.0, []),
        (5.0, 10.0, 9.0, [1]),
        # All cores are as full: nothing is won by leaving.
        (5.0, 10.0, 1.0, []),
        (0.0, 1.0, 9.0, []),
    ],
)
def test_there_is_room_elsewhere_where_others_take_this_core_while_another_is_idle(
    own: float, busy: float, idle_elsewhere: float, room: list[int]
) -> None:
    before = Usage(100.0, 50.0, {0: 700.0, 1: 800.0}, {0: 10.0, 1: 20.0})
    now = Usage(
        110.0, 50.0 + own, {0: 700.0 + busy, 1: 810.0 - idle_elsewhere}, {0: 20.0 - busy, 1: 20.0 + idle_elsewhere}
    )
    assert roomier(0, {0, 1}, before, now) == room


@several
def test_a_crowded_core_is_left_for_another_or_let_go(monkeypatch: pytest.MonkeyPatch, claim: str) -> None:
    monkeypatch.setattr(cpu_affinity, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(cpu_affinity, "MOVES", 1.0)
    with one_core() as core:
        first = core.number
        other = min(core.allowed - {first})
        answers = iter([[], [other], [first]])
        monkeypatch.setattr(cpu_affinity, "roomier", lambda *_: next(answers))
        # The first look has nothing to compare with, the second finds it quiet.
        core.look()
        core.look()
        assert affinities() == {frozenset({first})}
        core.look()
        assert core.number == other
        assert affinities() == {frozenset({other})}
        with socket.socket(socket.AF_UNIX) as another:
            another.bind(f"\0{claim}-{first}")
            core.look()
        assert affinities() == {core.allowed}, "the roomy core is taken"


@several
def test_the_kernel_shows_what_this_process_does_on_its_core() -> None:
    with one_core() as core:
        number = core.number
        assert number is not None
        before = Usage.now()
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass
        now = Usage.now()
    own = now.own - before.own
    assert own >= 0.3
    # The kernel counts a core by hundredths of a second.
    assert now.busy[number] - before.busy[number] >= own - 0.05
