"""Keep a sweeping process on one core, so that its threads need not compete.

Python runs one thread of a process at a time. Threads that are woken on other cores bring nothing then, and
what they spend on taking the interpreter from each other is lost: on two cores, a quarter of the CPU and of the
calls a second. Each process takes a core that no other process of this product has taken, and another one when
others crowd it; where there is none left, all cores stay open to it. Elsewhere than on Linux nothing is done.
"""

from __future__ import annotations

import os
import random
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

CROWDED = 0.25
"""Of a core's time: what others may take of ours, while as much of another core is idle."""
MOVES = 0.5
"""How likely a process leaves a crowded core at one look."""
LOOK_SECONDS = 2.0
"""A shorter time says too little of who uses a core."""
CLAIM = f"plumbline-core-{os.getuid()}"
"""What a taken core is known by among the processes of one user."""
HERTZ = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """What the cores and this process had done at a moment. Seconds."""

    at: float
    own: float
    busy: Mapping[int, float]
    idle: Mapping[int, float]

    @classmethod
    def now(cls) -> Usage:
        """Read it from the kernel."""
        busy, idle = {}, {}
        for line in Path("/proc/stat").read_text().splitlines():
            name, *rest = line.split()
            if name.startswith("cpu") and name[3:].isdigit():
                user, nice, system, unused, waiting = (int(ticks) / HERTZ for ticks in rest[:5])
                busy[int(name[3:])], idle[int(name[3:])] = user + nice + system, unused + waiting
        return cls(time.monotonic(), time.process_time(), busy, idle)


@dataclass(slots=True)
class Core:
    """The core that this process keeps to; none where `number` is None."""

    number: int | None = None
    allowed: frozenset[int] = frozenset()
    """All that the process may use."""
    _claim: socket.socket | None = field(default=None, repr=False)
    _looked: Usage | None = field(default=None, repr=False)

    def look(self) -> None:
        """Go to another core, or release all, if others use this one; called now and then."""
        before = self._looked
        if self.number is None or (before is not None and time.monotonic() - before.at < LOOK_SECONDS):
            return
        self._looked = now = Usage.now()
        room = roomier(self.number, self.allowed, before, now) if before is not None else []
        # Two that cannot see each other's claims would both go to the same core: chance parts them.
        if room and random.random() < MOVES:  # noqa: S311 - no secret
            self._go_to(random.choice(room))  # noqa: S311 - no secret

    def _go_to(self, number: int) -> None:
        claim = _claimed(number)
        if claim is None:
            self.leave()
            return
        if self._claim is not None:
            self._claim.close()
        self.number, self._claim = number, claim
        _keep_to({number})

    def leave(self) -> None:
        """Open all cores to the process again."""
        if self.number is not None:
            self.number = None
            _keep_to(self.allowed)
        if self._claim is not None:
            self._claim.close()
            self._claim = None


@contextmanager
def one_core() -> Iterator[Core]:
    """Keep all threads of this process, and new ones, on one core inside the block."""
    core = take()
    try:
        yield core
    finally:
        core.leave()


def take() -> Core:
    """Take a core that no other process of this product has; None where there is none."""
    if sys.platform != "linux":
        return Core()
    allowed = os.sched_getaffinity(0)
    # Workers in containers do not see each other's claims: by chance they take different cores.
    for number in random.sample(sorted(allowed), len(allowed)) if len(allowed) > 1 else ():
        if (claim := _claimed(number)) is not None:
            _keep_to({number})
            return Core(number, frozenset(allowed), claim)
    return Core()


def roomier(number: int, allowed: Iterable[int], before: Usage, now: Usage) -> list[int]:
    """Return the cores with room to spare, if others took much of this one."""
    took = now.at - before.at
    others = now.busy[number] - before.busy[number] - (now.own - before.own)
    if others / took <= CROWDED:
        return []
    return [
        other for other in sorted(allowed)
        if other != number and (now.idle[other] - before.idle[other]) / took > CROWDED
    ]  # fmt: skip


def _claimed(number: int) -> socket.socket | None:
    """Return the claim of a core while open; None where another process holds it.

    A name that no file has: the kernel forgets it with its process, however that ends.
    """
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0{CLAIM}-{number}")
    except OSError:
        claim.close()
        return None
    return claim


def _keep_to(cores: Iterable[int]) -> None:
    """Let all threads of this process run on these cores alone.

    A new thread runs where the one did that made it.
    """
    known: set[int] = set()
    while new := {int(task.name) for task in Path("/proc/self/task").iterdir()} - known:
        for thread in new:
            with suppress(ProcessLookupError):
                os.sched_setaffinity(thread, cores)
        known |= new
