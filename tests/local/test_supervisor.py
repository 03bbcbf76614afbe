"""The supervisor restarts crashed processes and leaves nothing behind."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devtools.local import processes
from devtools.local.supervisor import Child, Supervisor

GRANDCHILD = (
    "import os, subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)\n"
    "print('born', flush=True)\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, lines: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, lines.append)
    yield supervisor
    supervisor.stop()
    processes.end(processes.of_run(tmp_path))


def child(tmp_path: Path, code: str, *, once: bool = False) -> Child:
    return Child("worker", [sys.executable, "-c", code], dict(os.environ), tmp_path / "worker.log", once=once)


def look_until(supervisor: Supervisor, done: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        supervisor.check()
        time.sleep(0.05)


def test_a_killed_child_is_started_again(supervisor: Supervisor, lines: list[str], tmp_path: Path) -> None:
    kept = supervisor.add(child(tmp_path, "import time; time.sleep(60)"))
    assert kept.process
    first = kept.process.pid
    kept.process.kill()
    kept.process.wait()
    look_until(supervisor, lambda: kept.running and kept.process is not None and kept.process.pid != first)
    assert lines == ["worker ended (signal 9) and is started again."]


def test_a_child_that_keeps_crashing_is_named_with_its_last_words(
    supervisor: Supervisor, lines: list[str], tmp_path: Path
) -> None:
    supervisor.add(child(tmp_path, "raise SystemExit('the disk is made of cheese')"))
    look_until(supervisor, lambda: any("keeps crashing" in line for line in lines))
    assert "the disk is made of cheese" in lines[-1]
    assert "next try in 2 s" in lines[-1]


def test_a_child_that_runs_once_is_left_in_peace(supervisor: Supervisor, lines: list[str], tmp_path: Path) -> None:
    once = supervisor.add(child(tmp_path, "print('done')", once=True))
    look_until(supervisor, lambda: once.process is None)
    supervisor.check()
    assert (tmp_path / "worker.log").read_text() == "done\n"
    assert lines == []


def test_nothing_is_left_of_a_grandchild_that_fled_its_group(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.add(child(tmp_path, GRANDCHILD))
    look_until(
        supervisor, lambda: (tmp_path / "worker.log").exists() and "born" in (tmp_path / "worker.log").read_text()
    )
    supervisor.stop()
    fled = processes.of_run(tmp_path)
    assert len(fled) == 1
    processes.end(fled)
    assert processes.of_run(tmp_path) == []


def test_a_child_dies_with_a_killed_launcher(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time\n"
        "from devtools.local import processes\n"
        f"run = pathlib.Path({str(tmp_path)!r})\n"
        "processes.spawn([sys.executable, '-c', 'import time; time.sleep(60)'], run=run, log=run / 'c.log')\n"
        "time.sleep(60)\n"
    )
    launcher = processes.spawn([sys.executable, "-c", code], run=tmp_path / "launcher", log=tmp_path / "l.log")
    deadline = time.monotonic() + 10
    while not processes.of_run(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    (orphan,) = processes.of_run(tmp_path)
    launcher.kill()
    launcher.wait()
    assert processes.wait_until_gone(orphan.pid, patience=30)
