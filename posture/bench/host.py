"""Says what a benchmark ran on: figures compare where the interpreter is the same and the host as quick."""

from __future__ import annotations

import os
import platform
import statistics
import time

ROUNDS, STEPS = 9, 200_000


def told() -> str:
    """Return in one line the interpreter, the machine's load, and what a fixed loop takes here and now."""
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"Python {platform.python_version()}, load {load}, a fixed loop in {yardstick() * 1000:.0f} ms"


def yardstick() -> float:
    """Return the seconds of CPU that a fixed loop takes, the median of a few.

    The same loop takes half as long again where other guests keep the host busy, or where the interpreter was built
    without the profile that distributors build theirs by.
    """
    return statistics.median(_loop() for _ in range(ROUNDS))


def _loop() -> float:
    begin, total = time.process_time(), 0
    for number in range(STEPS):
        total += number * number % 7
    return time.process_time() - begin
