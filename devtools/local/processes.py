"""Starting and ending operating-system processes so that none is left behind.

Every process started here carries `MARK` in its environment, which its own children inherit. That is
how the next start finds what a killed launcher left running, whether or not its pid files exist.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypedDict, Unpack

import psutil

MARK = "PLUMBLINE_RUN"
"""Environment variable that names the run folder a process belongs to."""


class Identity(TypedDict, total=False):
    """Who a process runs as; empty for the current user."""

    user: int
    group: int
    extra_groups: list[int]


def spawn(
    argv: Sequence[str | Path],
    *,
    run: Path,
    log: Path,
    output_file: Path | None = None,
    env: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
    **identity: Unpack[Identity],
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own.

    Its output is appended to `log`, or standard output to `output_file` where people read that.

    `run` is the run folder that the process is marked with. `prefix` is a command that runs `argv`
    (as `unshare` does). The kernel sends the process SIGTERM when this one dies.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors, (output_file or log).open("ab") as output:
        return subprocess.Popen(
            [*prefix, *_dies_with_parent(), *map(str, argv)],
            env={**(os.environ if env is None else env), MARK: str(run)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
            **identity,
        )


def _dies_with_parent() -> list[str]:
    """Return util-linux's command that ends children with their parent, if any.

    macOS has none.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def stop(process: subprocess.Popen[bytes], *, sign: signal.Signals = signal.SIGTERM, patience: float = 10) -> None:
    """Ask `process` to end; after `patience` seconds kill it and all that it started."""
    if process.poll() is None:
        process.send_signal(sign)
        with suppress(subprocess.TimeoutExpired):  # It had its chance; the group is killed below.
            process.wait(patience)
    kill_group(process)
    process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process's session."""
    with suppress(ProcessLookupError):  # Nothing was left.
        os.killpg(process.pid, signal.SIGKILL)


def of_run(run: Path) -> list[psutil.Process]:
    """Return the running processes, besides this one, that are marked with `run`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == str(run):
                found.append(process)
        except psutil.Error:
            continue  # Another user's, or gone in the meantime: neither is ours.
    return found


def end(processes: Iterable[psutil.Process], *, patience: float = 10) -> list[str]:
    """End `processes`, by force after `patience` seconds; return their names."""
    ours, names = list(processes), []
    for process in ours:
        try:
            names.append(process.name())
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _gone, alive = psutil.wait_procs(ours, timeout=patience)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=patience)
    return names


def wait_until_gone(pid: int, *, patience: float) -> bool:
    """Wait for a process that is not a child of this one.

    Return whether it ended in time.
    """
    deadline = time.monotonic() + patience
    while psutil.pid_exists(pid) and _alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
