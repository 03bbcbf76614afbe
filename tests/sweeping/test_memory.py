"""A worker's threads share the C library's heaps, where it has several."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading
from posture.sweeping.memory import share_arenas

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
