"""Folders and environment of an installation on one machine.

The simulated Organization and a real one never share a database: each kind has a folder of its own.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from devtools.local import private
from devtools.local.postgres import Postgres, PostgresError
from devtools.local.valkey import Valkey, ValkeyError

ROOT = Path(__file__).resolve().parents[2]
SERVER_ERRORS = (PostgresError, ValkeyError, private.FolderError)
"""What starting the embedded servers may raise, each with a sentence for people."""


class Kind(StrEnum):
    """What the site looks at."""

    DEMO = "demo"
    AWS = "aws"


class AlreadyRunningError(Exception):
    """Another launcher holds this folder; the message names it."""


class Installation:
    """The folders and servers of one kind of installation in a checkout."""

    def __init__(self, kind: Kind, root: Path = ROOT) -> None:
        """Choose the kind; nothing is created before it is used."""
        self.kind = kind
        self.root = root
        self.run = root / ".run"
        self.folder = self.run / kind
        self.logs = self.run / "log"
        self.endpoint = self.folder / "endpoint"
        """Holds the simulator's URL while the site runs."""
        self.postgres = Postgres(self.folder / "pg", run=self.run, log=self.logs / "postgres.log")
        self.valkey = Valkey(self.folder / "vk", run=self.run, log=self.logs / "valkey.log")

    @property
    def has_own_database(self) -> bool:
        """Whether the database is ours: nobody gave the URL of another."""
        return not os.environ.get("DATABASE_URL")

    @property
    def has_own_queue(self) -> bool:
        """Whether the queue is ours."""
        return not os.environ.get("REDIS_URL")

    def environment(self) -> dict[str, str]:
        """Return the environment of the site's processes."""
        env = dict(os.environ)
        if self.kind is Kind.DEMO:
            env = {name: value for name, value in env.items() if not name.startswith("AWS_")}
            env |= SIMULATED_CREDENTIALS
            env["PLUMBLINE_EXTRA_APPS"] = ",".join(filter(None, [SIMULATOR_APP, env.get("PLUMBLINE_EXTRA_APPS")]))
            if self.endpoint.exists() and running(self.root):
                env["AWS_ENDPOINT_URL"] = self.endpoint.read_text()
        env.setdefault("DATABASE_URL", self.postgres.url)
        env.setdefault("REDIS_URL", self.valkey.url)
        if not env.get("PLUMBLINE_SECRET_KEY") and not env.get("PLUMBLINE_SECRET_KEY_FILE"):
            env["PLUMBLINE_SECRET_KEY_FILE"] = str(self.secret("secret_key"))
        # Plain HTTP to this machine alone.
        env.setdefault("PLUMBLINE_HTTPS", "no")
        return env

    def secret(self, name: str) -> Path:
        """Return the file of a secret that is made up once and kept for us alone."""
        path = self.folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path

    @contextmanager
    def claimed(self, note: str) -> Iterator[None]:
        """Hold the run folder for this process.

        The kernel lets go of it however the process ends.

        `note` says what runs, for the sentence that another launcher gets.
        """
        self.run.mkdir(exist_ok=True, mode=0o700)
        with (self.run / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                note = lock.read().split(maxsplit=2)[2]
                raise AlreadyRunningError(f"{note} is running in this folder: ./dev down ends it.") from error
            lock.truncate(0)
            lock.write(f"{os.getpid()} {self.kind} {note}")
            lock.flush()
            try:
                yield
            finally:
                lock.truncate(0)


SIMULATED_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "simulated",
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""No process of the simulated Organization can reach a real one."""


SIMULATOR_APP = "devtools.simulator"
"""The Django app whose commands work on the simulated Organization."""


def running(root: Path = ROOT) -> tuple[int, Kind, str] | None:
    """Return process id, kind and note of the launcher that runs in this folder."""
    path = root / ".run" / "lock"
    if not path.exists():
        return None
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, kind, note = lock.read().split(maxsplit=2)
            return int(pid), Kind(kind), note
    return None


def last_kind(root: Path = ROOT) -> Kind:
    """Return the kind that was started last."""
    path = root / ".run" / "kind"
    return Kind(path.read_text()) if path.exists() else Kind.DEMO
