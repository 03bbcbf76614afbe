"""Supervision of the site's processes.

Restarts one that crashed, names one that keeps crashing.

It knows commands and logs, and nothing of what they do.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devtools.local import processes

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before a crashed child is started again: doubled each time."""
STEADY = 60.0
"""Seconds after which a child counts as running well, and its earlier crashes as forgotten."""
MAX_CRASHES = 3
"""Crashes in a row from which on it is said that a child keeps crashing."""


@dataclass
class Child:
    """A process that runs as long as the site does, or once if `once`."""

    name: str
    command: list[str | Path]
    env: Mapping[str, str]
    log: Path
    once: bool = False
    output: Path | None = None
    """Where its standard output goes, if not to the log."""
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    crashes: int = 0
    due: float | None = field(default=0.0)
    """When to start it next, on the monotonic clock; None while it runs or once it is done."""

    @property
    def running(self) -> bool:
        """Whether it is running now."""
        return self.process is not None and self.process.poll() is None


def log_tail(log: Path, lines: int = 2) -> str:
    """Return the end of a log."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").strip().splitlines()[-lines:])


class Supervisor:
    """A supervisor that starts and restarts children; `report` takes lines for people."""

    def __init__(self, run: Path, report: Callable[[str], None]) -> None:
        """Mark every child with the folder `run`."""
        self.run = run
        self.report = report
        self.children: list[Child] = []

    def add(self, child: Child) -> Child:
        """Start a child and look after it from now on."""
        self.children.append(child)
        self._start(child)
        return child

    def check(self) -> None:
        """Notice what ended and start again what is due; call it about twice a second."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.due is None and not child.running:
                self._ended(child, child.process.returncode, now)
            if child.due is not None and now >= child.due:
                self._start(child)

    def stop(self) -> None:
        """Stop every child, those started last first, and whatever they left."""
        for child in self.children:
            child.due = None
        for child in reversed(self.children):
            if child.running and child.process is not None:
                child.process.terminate()
        for child in reversed(self.children):
            if child.process is not None:
                processes.stop(child.process, patience=5)

    def _start(self, child: Child) -> None:
        child.process = processes.spawn(
            child.command, run=self.run, log=child.log, output_file=child.output, env=child.env
        )
        child.started, child.due = time.monotonic(), None

    def _ended(self, child: Child, code: int, now: float) -> None:
        if child.process is not None:
            processes.kill_group(child.process)
        if child.once and code == 0:
            child.process = None
            return
        child.crashes = 1 if now - child.started > STEADY else child.crashes + 1
        wait = min(FIRST_WAIT * 2 ** (child.crashes - 1), LONGEST_WAIT)
        child.due = now + wait
        if child.crashes == 1:
            self.report(f"{child.name} ended ({_how(code)}) and is started again.")
        elif child.crashes >= MAX_CRASHES:
            self.report(
                f"{child.name} keeps crashing ({child.crashes} times, {_how(code)}), next try in {wait:.0f} s; "
                f"see {child.log}:\n{log_tail(child.log)}"
            )


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
