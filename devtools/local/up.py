"""`./dev up`: start the whole site on this machine and keep it running."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from types import FrameType

import psycopg

from devtools.local import assets, node, preflight, processes
from devtools.local.admin import first_admin
from devtools.local.installation import SERVER_ERRORS, AlreadyRunningError, Installation, Kind
from devtools.local.supervisor import Child, Supervisor, log_tail

START_SECONDS = 60.0
"""Seconds for a process to come up."""

SERVERS = {"postgres", "valkey-server"}
"""Processes that are stopped after all others, each by its own rules."""


class StartError(Exception):
    """A part did not come up; the message names it and its log."""


FAILURES = (
    StartError,
    preflight.PreflightError,
    AlreadyRunningError,
    *SERVER_ERRORS,
    node.NodeError,
    assets.AssetError,
)


def main(arguments: list[str] | None = None) -> int:
    """Run the launcher; return its exit code."""
    options = _parser().parse_args(arguments)
    installation = Installation(Kind.AWS if options.aws else Kind.DEMO)
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _on_signal)
    try:
        Launcher(installation, options.port, options.workers).run()
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0
    except FAILURES as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev up", description="Start Plumbline on this machine.")
    parser.add_argument("--aws", action="store_true", help="start empty, for your own Organization")
    parser.add_argument("--port", type=int, default=8000, help="the site's port (default: 8000)")
    parser.add_argument("--workers", type=int, default=2, help="processes that sweep accounts (default: 2)")
    return parser


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class Launcher:
    """One start, from the checks to the end."""

    def __init__(self, installation: Installation, port: int, workers: int) -> None:
        self.installation = installation
        self.port = port
        self.workers = workers
        self.url = f"http://localhost:{port}"
        self.env: dict[str, str] = {}
        self.supervisor = Supervisor(installation.run, self.report)
        self.simulator: Child | None = None
        self.output = installation.logs / "demo.out"
        self.printed_bytes = 0

    @staticmethod
    def report(line: str) -> None:
        print(f"  {line}", flush=True)

    def run(self) -> None:
        """Start everything, then look after it until a signal comes."""
        os.chdir(self.installation.root)
        preflight.check_folder(self.installation.root)
        with self.installation.claimed(f"The site at {self.url}"), ExitStack() as stack:
            self._clean_up()
            preflight.check(self.installation.root, self.port)
            self._start(stack)
            while True:
                self._supervise()

    def _clean_up(self) -> None:
        """End what a killed launcher left running, and keep one older log of each process."""
        left = processes.end(processes.of_run(self.installation.run))
        if left:
            self.report(f"Ended what a killed start had left: {', '.join(sorted(set(left)))}.")
        (self.installation.run / "kind").write_text(self.installation.kind)
        self.installation.logs.mkdir(parents=True, exist_ok=True)
        self.output.unlink(missing_ok=True)  # logins of an earlier demo, which `--aws` must not print as its own
        for log in self.installation.logs.glob("*.log"):
            if not log.name.endswith(".1.log"):
                log.replace(log.with_suffix(".1.log"))

    def _end(self) -> None:
        """Stop every child, and theirs."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)
        self.supervisor.stop()
        # Job processes leave their worker's group, and so escape its end.
        processes.end([p for p in processes.of_run(self.installation.run) if p.name() not in SERVERS], patience=5)

    def _start(self, stack: ExitStack) -> None:
        begin = time.monotonic()
        self._start_servers(stack)
        stack.callback(self._end)
        self.installation.endpoint.unlink(missing_ok=True)  # a killed launcher leaves it
        self.env = self.installation.environment()
        if self.installation.kind is Kind.DEMO:
            self._start_simulator(stack)
        with self.step("Front-end packages"):
            assets.build(self.installation.root)
        with self.step("Database tables"):
            self._manage("migrate", "--noinput", "--skip-checks", "--verbosity", "0")
        with self.step("Static files"):
            assets.gather(self.installation.root, env=self.env)
        self._start_site()
        is_demo = self.installation.kind is Kind.DEMO
        password = None if is_demo else first_admin(self.env["DATABASE_URL"], self._manage)
        print(f"\n  The site is at {self.url} after {time.monotonic() - begin:.1f} s. Ctrl-C or ./dev down stops it.\n")
        if is_demo:
            self._start_demo()
        elif password:
            self._print_login(password)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say what is being done, and how long it took."""
        print(f"  {name:<26}", end="", flush=True)
        begin = time.monotonic()
        try:
            yield
        except BaseException:
            print("failed")
            raise
        print(f"{time.monotonic() - begin:6.1f} s", flush=True)

    def _start_servers(self, stack: ExitStack) -> None:
        if self.installation.has_own_database:
            with self.step("PostgreSQL"):
                stack.callback(self.installation.postgres.stop)
                self.installation.postgres.start()
        else:
            self._check_given_database(os.environ["DATABASE_URL"])
        if self.installation.has_own_queue:
            with self.step("Valkey"):
                stack.callback(self.installation.valkey.stop)
                self.installation.valkey.start()

    @staticmethod
    def _check_given_database(url: str) -> None:
        try:
            psycopg.connect(url, connect_timeout=10).close()
        except psycopg.Error as error:
            raise StartError(f"The database of DATABASE_URL does not answer: {error}".strip()) from error

    def _manage(self, *arguments: str, **environment: str) -> None:
        """Run a Django command to its end, with `environment` besides the site's."""
        command = [sys.executable, "manage.py", *arguments]
        log = self.installation.logs / f"{arguments[0]}.log"
        with log.open("ab") as output:
            env = {**self.env, **environment}
            result = subprocess.run(command, env=env, stdout=output, stderr=output, check=False)
        if result.returncode:
            raise StartError(f"manage.py {arguments[0]} failed; see {log}:\n{log_tail(log)}")

    def _child(self, name: str, *command: str | Path, once: bool = False, output: Path | None = None) -> Child:
        log = self.installation.logs / f"{name}.log"
        return self.supervisor.add(Child(name, [sys.executable, *command], self.env, log, once=once, output=output))

    def _start_simulator(self, stack: ExitStack) -> None:
        """Start the simulated AWS, and let other verbs find it for as long as it runs."""
        port = preflight.free_port()
        self.env["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
        state = self.installation.folder / "simulator"
        state.mkdir(parents=True, exist_ok=True)
        self.installation.endpoint.write_text(self.env["AWS_ENDPOINT_URL"])
        stack.callback(self.installation.endpoint.unlink, missing_ok=True)
        self.simulator = self._child(
            "simulator", "-m", "devtools.simulator.server", "--port", str(port), "--state", state
        )

    def _start_site(self) -> None:
        with self.step("Web server"):
            granian = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]
            granian += ["--workers", "1", "--blocking-threads", "8", "--no-ws", "--workers-kill-timeout", "5"]
            web = self._child("web", *granian, "posture.wsgi:application")
            self._wait_until(web, lambda: is_up(f"{self.url}/readyz"))
        with self.step("Workers and scheduler"):
            for number in range(1, self.workers + 1):
                self._child(f"worker-{number}", "manage.py", "rqworker", "default", "sweeps", "--with-scheduler")
            self._child("scheduler", "manage.py", "schedule")

    def _wait_until(self, child: Child, ready: Callable[[], bool]) -> None:
        """Wait until a child is ready for use."""
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if not child.running or time.monotonic() > deadline:
                raise StartError(f"The {child.name} did not come up; see {child.log}:\n{log_tail(child.log, 12)}")
            time.sleep(0.1)

    def _start_demo(self) -> None:
        endpoint, simulator = self.env["AWS_ENDPOINT_URL"], self.simulator
        if simulator is None:
            raise StartError("The simulated Organization was not started.")
        with self.step("Simulated Organization"):
            self._wait_until(simulator, lambda: is_up(f"{endpoint}/_plumbline/health"))
        self._child("demo", "manage.py", "demo", "--stay", once=True, output=self.output)

    def _print_login(self, password: str) -> None:
        self.report(f"Log in as admin with the password {password}")
        self.report("It is shown this once. Change it under your name; ./dev manage changepassword admin sets another.")

    def _supervise(self) -> None:
        """Restart what ended, and print the demo's new lines."""
        for server in (self.installation.postgres, self.installation.valkey):
            if server.process is not None and server.process.poll() is not None:
                self.report(f"{type(server).__name__} ended and is started again.")
                server.start()
        self.supervisor.check()
        self.printed_bytes = self._print_new_lines(self.output, self.printed_bytes)
        time.sleep(0.25)

    @staticmethod
    def _print_new_lines(output: Path, offset: int) -> int:
        """Print the whole lines of `output` from `offset` on; return where the next begin."""
        if not output.exists():
            return offset
        with output.open("rb") as file:
            file.seek(offset)
            whole, _, _ = file.read().rpartition(b"\n")
        if not whole:
            return offset
        print(textwrap.indent(whole.decode(errors="replace"), "  "), flush=True)
        return offset + len(whole) + 1


def is_up(url: str) -> bool:
    """Whether a GET of `url` is answered with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 our own address
            return bool(response.status == HTTPStatus.OK)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
