"""The interpreter and the load of the machine that a benchmark runs on.

Figures compare where the interpreter is the same and the host as quick.

On a machine that is lent out the same work takes twice the CPU while other guests keep the host busy, for seconds or
for hours: what counts as a core's second then is half a core's. A fixed loop around each piece of work shows when.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass

STEPS = 20_000
MAX_LOOP_RATIO = 1.25
"""By how much a loop may take longer than the quickest one and still count as undisturbed."""


def summary() -> str:
    """Return the interpreter, the machine's load and the loop's time in one line."""
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    loop = statistics.median(pace() for _ in range(50))
    return f"Python {platform.python_version()}, load {load}, a fixed loop in {loop * 1000:.1f} ms"


def pace() -> float:
    """Return the seconds of CPU that a fixed loop takes now, about 0.002."""
    begin, total = time.process_time(), 0
    for number in range(STEPS):
        total += number * number % 7
    return time.process_time() - begin


@dataclass(frozen=True, slots=True)
class Paced:
    """Seconds of CPU of a piece of work, and of the slower loop around it."""

    cpu: float
    loop: float


def undisturbed(of: Iterable[Paced], among: Iterable[Paced]) -> list[float]:
    """Return the times of the pieces whose loop was as fast as the fastest."""
    most = min((each.loop for each in among), default=0.0) * MAX_LOOP_RATIO
    return [each.cpu for each in of if each.loop <= most]
