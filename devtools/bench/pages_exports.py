"""Time the exports as the site's own server sends them, and its memory.

The server runs in a process of its own.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Self

import psutil
from django.conf import settings
from django.test import Client

from accounts.models import User
from devtools.bench.history_measures import Goal
from devtools.bench.pages_walk import read_link

FIRST_ROW_SECONDS, GROWTH_MB = 1.0, 64
EXPORTED = ("findings:list", "inventory:table")
"""The exports that are read to their end: of the whole organization, without a filter."""
STARTS_WITHIN = 60
PIECE = 64 * 1024
LOOKS = 0.2
"""Seconds between two looks at the memory."""


def goals(user: User, exports: Mapping[str, str], only: str) -> Iterator[Goal]:
    """Yield for each export how soon its first row comes.

    Of some, what memory the whole of it takes.
    """
    wanted = {page: url for page, url in sorted(exports.items()) if only in page and read_link(url)}
    if not wanted:
        return
    with serve() as server:
        cookie = cookie_of(user)
        for page, url in wanted.items():
            whole = page in EXPORTED
            yield from _export(server, cookie, page, _unfiltered(url) if page == "findings:list" else url, whole=whole)


def _unfiltered(url: str) -> str:
    return f"{url.partition('?')[0]}?group=none&export=csv"


class Server:
    """The site's server: where it listens, and what it takes."""

    def __init__(self, port: int, process: psutil.Process) -> None:
        self.port, self.process = port, process

    @property
    def processes(self) -> list[psutil.Process]:
        """Its processes."""
        return [self.process, *self.process.children(recursive=True)]

    @property
    def memory(self) -> int:
        """Bytes that it alone holds."""
        return sum(each.memory_full_info().uss for each in self.processes)

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far, those of the database left out."""
        return sum(sum(each.cpu_times()[:2]) for each in self.processes)

    def ask(self, path: str, cookie: str) -> http.client.HTTPResponse:
        """Ask it for a page."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        asking.request("GET", path, headers={"Host": "localhost", "Cookie": cookie})
        return asking.getresponse()


@contextmanager
def serve(application: str = "posture.wsgi:application") -> Iterator[Server]:
    """Run the site as `./dev up` does."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "4", "--no-ws", application]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=os.environ, stdout=quiet, stderr=quiet) as running:
        try:
            server = Server(port, psutil.Process(running.pid))
            _wait(server)
            yield server
        finally:
            running.terminate()


def _wait(server: Server) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        with suppress(OSError):
            server.ask("/login/", "").read()
            return
        time.sleep(0.2)
    raise TimeoutError("The site's server did not start.")


def cookie_of(user: User) -> str:
    """Return the cookie of a session of the user."""
    client = Client(headers={"host": "localhost"})
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _export(server: Server, cookie: str, page: str, url: str, *, whole: bool) -> Iterator[Goal]:
    """Read an export: its first row, and where it is wanted all of it."""
    server.ask(url.replace("export=csv", ""), cookie).read()
    before, begin = server.cpu, time.monotonic()
    response = server.ask(url, cookie)
    heading, begun = response.readline(), response.readline()
    clock, cpu = time.monotonic() - begin, server.cpu - before
    note = f"{response.status}; the server's CPU {cpu:.2f} s; {len(heading)} and {len(begun)} bytes; {url}"
    yield Goal(f"export of {page}: first row", clock, "s, by the clock", FIRST_ROW_SECONDS, note)
    if whole:
        yield _to_the_end(server, response, page, begin)
    response.close()


def _to_the_end(server: Server, response: http.client.HTTPResponse, page: str, begin: float) -> Goal:
    at_first, cpu = server.memory, server.cpu
    with _Watching(server) as watching:
        rows = 1
        while piece := response.read(PIECE):
            rows += piece.count(b"\n")
    grew = (watching.most - at_first) / 1e6
    note = (
        f"{rows:,} rows in {server.cpu - cpu:.0f} s of the server's CPU, {time.monotonic() - begin:.0f} by the clock; "
        f"{at_first / 1e6:.0f} MB at the first row, {watching.most / 1e6:.0f} at most"
    )
    return Goal(f"export of {page}: memory grew", grew, "MB", GROWTH_MB, note)


class _Watching(threading.Thread):
    """A thread that watches the server's memory until `ended` is set."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server, self.most, self.ended = server, server.memory, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(LOOKS):
            self.most = max(self.most, self.server.memory)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.join()
