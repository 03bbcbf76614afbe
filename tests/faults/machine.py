"""A PostgreSQL, a Valkey and workers that a test may kill without harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection

from devtools.local import processes
from devtools.local.postgres import Postgres
from devtools.local.valkey import Valkey
from posture.history.models import Snapshot
from posture.orchestration import account_work
from tests.conftest import ROOT
from tests.simulated import KEY, Estate


@dataclass
class Machine:
    """What workers depend on, and the workers."""

    folder: Path
    postgres: Postgres
    valkey: Valkey
    url: str
    """Where the simulated AWS answers."""
    nursery: subprocess.Popen[str] | None = None
    workers: list[int] = field(default_factory=list)

    @property
    def log(self) -> str:
        """What the workers said."""
        return (self.folder / "workers.log").read_text(errors="replace")

    @property
    def environment(self) -> dict[str, str]:
        """What its processes find in their environment."""
        return {
            **os.environ,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": "s",
            processes.MARK: str(self.folder),
        }

    def open_nursery(self) -> None:
        """Import everything once, so that workers come quickly."""
        with (self.folder / "workers.log").open("ab") as log:
            self.nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                cwd=ROOT,
                env=self.environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    @contextmanager
    def scheduler(self) -> Iterator[None]:
        """Run a scheduler that looks five times a second, and see it end well."""
        with (self.folder / "workers.log").open("ab") as log:
            command = [sys.executable, "manage.py", "schedule", "--every", "0.2"]
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        try:
            yield
            process.terminate()
            assert process.wait(30) == 0, self.log[-5000:]
        finally:
            process.kill()
            process.wait()

    def worker(self) -> int:
        """Start a worker and return its process id."""
        assert self.nursery
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.write("\n")
        self.nursery.stdin.flush()
        line = self.nursery.stdout.readline()
        assert line, self.log
        self.workers.append(int(line))
        return self.workers[-1]

    def kill(self, worker: int) -> None:
        """End a worker as a power cut would."""
        if psutil.pid_exists(worker):
            os.kill(worker, signal.SIGKILL)
        self.until(lambda: not psutil.pid_exists(worker))
        self.workers.remove(worker)

    def kill_all(self) -> None:
        """End every worker."""
        for worker in list(self.workers):
            self.kill(worker)

    def until(self, done: Callable[[], Any], *, seconds: float = 120) -> Any:
        """Wait until `done()` is true; else fail with the workers' output."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := done():
                return answer
            time.sleep(0.02)
        return pytest.fail(f"Not done within {seconds} s; the workers said:\n{self.log[-5000:]}")

    def settle(self) -> None:
        """Wait until no sweep runs, taking up what was left over as the scheduler does."""

        def over() -> bool:
            account_work.recover()
            return not Snapshot.objects.filter(state=Snapshot.State.RUNNING).exists()

        self.until(over)

    def close(self) -> None:
        """End everything."""
        if self.nursery and self.nursery.stdin and self.nursery.stdout:
            self.nursery.stdin.close()
            self.nursery.wait(30)
            self.nursery.stdout.close()
        processes.end(processes.of_run(self.folder), patience=2)


@contextmanager
def running(estate: Estate) -> Iterator[Machine]:
    """Run a machine on which this process's own database and queue are, too."""
    # Sockets have short paths.
    folder = Path(tempfile.mkdtemp(prefix="plumbline-faults-", dir="/tmp"))
    postgres = Postgres(folder / "pg", run=folder, durable=False)
    valkey = Valkey(folder / "vk", run=folder)
    machine = Machine(folder, postgres, valkey, estate.url)
    try:
        postgres.start()
        valkey.start()
        with _moved_to(machine):
            call_command("migrate", verbosity=0)
            machine.open_nursery()
            yield machine
    finally:
        machine.close()
        valkey.stop()
        postgres.remove()
        rmtree(folder, ignore_errors=True)


@contextmanager
def _moved_to(machine: Machine) -> Iterator[None]:
    """Point Django's default database, its cache and RQ's queues at the machine's."""
    database = connection.settings_dict
    before, urls = dict(database), {name: queue["URL"] for name, queue in settings.RQ_QUEUES.items()}
    connection.close()
    database.update(NAME="plumbline", USER="postgres", PASSWORD="", HOST=str(machine.postgres.house.sockets), PORT="")
    for queue in settings.RQ_QUEUES.values():
        queue["URL"] = machine.valkey.url
    kept = caches.settings["default"]["LOCATION"]
    _keep_cache_at(machine.valkey.url)
    try:
        yield
    finally:
        _keep_cache_at(kept)
        connection.close()
        database.update(before)
        for name, url in urls.items():
            settings.RQ_QUEUES[name]["URL"] = url


def _keep_cache_at(url: str) -> None:
    caches.settings["default"]["LOCATION"] = url
    # It is made again, with the other address, when it is asked next; there is none where nothing was asked yet.
    with suppress(AttributeError):
        del caches["default"]
