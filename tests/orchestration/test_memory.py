"""A worker's threads share the C library's heaps, where it has several."""

from __future__ import annotations

import subprocess
import sys

import pytest

from posture.core.shortcuts import NONE, VARIABLE
from posture.orchestration.memory import share_arenas

PROGRAM = """
import threading
from posture.orchestration.memory import share_arenas

def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize"))

if {share}:
    assert share_arenas()
before, ready, done = resident(), threading.Barrier(33), threading.Event()

def work():
    held = [bytes(2000) for _ in range(100)]
    ready.wait()
    done.wait()

threads = [threading.Thread(target=work) for _ in range(32)]
[thread.start() for thread in threads]
ready.wait()
print(resident() - before)
done.set()
"""


def reserved(*, share: bool) -> int:
    """Return the KiB of address space that 32 threads took, stacks and all."""
    program = PROGRAM.format(share=share)
    return int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)


def test_threads_share_heaps() -> None:
    # A heap of its own takes 64 MiB of address space for each thread, up to eight for each core.
    assert reserved(share=True) < reserved(share=False) / 2


def test_heaps_are_not_shared_without_the_shortcut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, NONE)
    assert not share_arenas()


COLLECTING = """
import gc
from posture.orchestration.memory import tune_garbage_collection

class Knot:
    pass

def tie():
    one = Knot()
    one.itself = one

loaded = len(gc.get_objects())
tune_garbage_collection()
stays = len(gc.get_objects())
before = gc.get_stats()[0]["collections"]
for _ in range(30_000):
    tie()
few = gc.get_stats()[0]["collections"] - before
for _ in range(300_000):
    tie()
print(loaded, stays, few, sum(isinstance(each, Knot) for each in gc.get_objects()))
"""


def test_garbage_is_looked_for_seldom_and_not_among_what_is_loaded() -> None:
    output = subprocess.run([sys.executable, "-c", COLLECTING], capture_output=True, check=True, text=True).stdout
    loaded, stays, few, knots = map(int, output.split())
    assert stays < loaded / 10
    assert few <= 2
    assert knots < 100_000, "it is looked for all the same"
