"""Trials of images through the life that docs/deploy.md describes.

Upgrade, sweeps, SIGTERM, backup and restore.

It runs in network, mount and process namespaces of its own: no port or file of the machine is touched, and nothing is
left running. `begin()` enters them.
"""

from __future__ import annotations

import argparse
import array
import csv
import fcntl
import http.cookiejar
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path

from devtools.local.image import compose
from devtools.local.image.build import Buildah, run
from devtools.local.image.services import SECRETS, WORKDIR, Site, Stores, TrialError, as_nobody, wait_for
from devtools.local.installation import ROOT

URL = "http://127.0.0.1:8000"
SIMULATOR = "http://127.0.0.1:5000"
EXPORT = "/findings/?export=csv&group=none"
ADMIN = "ada@alderfinch.example"
HOSTS = "127.0.0.1 localhost postgres valkey\n"
NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
SWEEP_SECONDS = 900.0
DELAY_SECONDS = 60
"""How long the simulator holds answers back, so that accounts are being asked when the workers are to end."""

FIGURES = """
select 'accounts', count(*) from accounts_awsaccount union all
select 'complete sweeps', count(*) from history_snapshot where state = 'complete' union all
select 'resources', count(*) from history_resource_record where valid_to is null union all
select 'open findings', count(*) from history_finding_record where closed_at is null union all
select 'gaps', count(*) from history_gap where closed_at is null
"""
PARTS = """
select state, count(*) from history_accountsweep
where snapshot_id = (select max(id) from history_snapshot) group by state
"""


def begin(folder: Path, old: Path, images: tuple[str, str]) -> int:
    """Run the trial in namespaces of its own; return its exit code."""
    command = [*NAMESPACES, sys.executable, "-m", "devtools.local.image.trial", str(folder), str(old), *images]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    """Run the trial, inside of its namespaces; return the exit code."""
    parser = argparse.ArgumentParser()
    for name in ("folder", "old", "old_image", "new_image"):
        parser.add_argument(name)
    options = parser.parse_args()
    try:
        Trial(Path(options.folder), Path(options.old), options.old_image, options.new_image).run()
    except (TrialError, compose.ComposeError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def enter(folder: Path) -> None:
    """Bring up loopback, name the services, and put the secrets where Compose does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = array.array("b", b"lo".ljust(40, b"\0"))
        fcntl.ioctl(probe, SIOCGIFFLAGS, request, True)
        flags = int.from_bytes(request[16:18].tobytes(), sys.byteorder) | IFF_UP
        request[16:18] = array.array("b", flags.to_bytes(2, sys.byteorder))
        fcntl.ioctl(probe, SIOCSIFFLAGS, request)
    (folder / "hosts").write_text(HOSTS)
    run(["mount", "--bind", str(folder / "hosts"), "/etc/hosts"])
    run(["mount", "-t", "tmpfs", "tmpfs", "/run"])
    SECRETS.mkdir()
    for name in ("secret_key", "database_password", "queue_password"):
        (SECRETS / name).write_text(secrets.token_hex(32))


class Trial:
    """The life of an installation, from an older release on."""

    def __init__(self, folder: Path, old: Path, old_image: str, new_image: str) -> None:
        self.folder, self.old = folder, old
        variables = {
            "PLUMBLINE_SECRETS": str(SECRETS),
            "PLUMBLINE_ALLOWED_HOSTS": "127.0.0.1",
            "PLUMBLINE_HTTPS": "no",
            "AWS_ACCESS_KEY_ID": "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated",
        }
        buildah = Buildah(folder)
        new = compose.services(ROOT / "docker" / "compose.yaml", variables)
        before = compose.services(old / "docker" / "compose.yaml", variables)
        stores = folder / "stores"
        shutil.rmtree(stores, ignore_errors=True)
        stores.mkdir()
        self.stores = Stores(stores, new)
        self.before = Site(buildah, old_image, before, folder, SIMULATOR, old)
        self.site = Site(buildah, new_image, new, folder, SIMULATOR, ROOT)
        self.simulator: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Try everything in turn; each step says what it found."""
        enter(self.folder)
        self.stores.start()
        self.run_old_release()
        self.upgrade()
        self.sweep()
        self.stop_workers_mid_sweep()
        self.back_up_and_restore()

    def report(self, text: str) -> None:
        """Print a line of the report."""
        print(f"  {text}", flush=True)

    def run_old_release(self) -> None:
        """Sweep the first week by the older image."""
        self._simulate(self.old)
        self.before.run("migrate")
        self._start(self.before, "web", "worker", "scheduler")
        self.before.run_demo("demo", "--once")
        self.report(f"Older release: swept the simulated Organization once ({self._figures_in_words()}).")
        ended = self.before.stop()
        self.report(
            f"Older release: every process ended with code 0 on SIGTERM, the slowest in {max(ended.values()):.1f} s."
        )

    def upgrade(self) -> None:
        """Start the newer image on what the older left."""
        if "devtools" in self.site.run("web", "ls", WORKDIR).split():
            raise TrialError("The image holds the developers' tools.")
        before = self._figures()
        applied = self.site.run("migrate").count("... OK")
        self._start(self.site, "web")
        self._expect_same(before, "after the upgrade")
        if not self.site.is_healthy():
            raise TrialError("The image's own health check fails.")
        self.report(f"Upgrade: {applied} migrations applied; ready, healthy, and the same figures.")

    def sweep(self) -> None:
        """Sweep the next week by the newer image's workers."""
        self._simulate(ROOT)
        self._start(self.site, "worker", "scheduler")
        self.site.run_demo("demo", "--weeks", "1")
        self.report(
            f"Sweep: through web, {self.site.services['worker'].replicas} workers and the scheduler "
            f"({self._figures_in_words()})."
        )

    def stop_workers_mid_sweep(self) -> None:
        """End the workers while they ask accounts.

        What they held waits, and others finish it.
        """
        hold = f'{{"effect": "slow", "actions": ["*"], "seconds": {DELAY_SECONDS}}}'
        self._control("faults", hold)
        browser = self._log_in()
        browser.post("/sweeps/now/")
        wait_for("A worker's taking up an account", lambda: self._parts().get("running", 0) > 0)
        held = self._parts()["running"]
        ended = self.site.stop("worker")
        parts = self._parts()
        if parts.get("running", 0) or not parts.get("queued", 0):
            raise TrialError(f"After SIGTERM the accounts are {parts}: none may be called running, and some must wait.")
        self.report(
            f"SIGTERM: workers that asked {held} accounts gave them back and ended with code 0 "
            f"in {max(ended.values()):.1f} s."
        )
        self._control("faults", None)
        self.site.start("worker")
        begin = time.monotonic()
        wait_for("The end of the sweep", lambda: set(self._parts()) <= {"done", "skipped"}, SWEEP_SECONDS)
        self.report(
            f"SIGTERM: new workers finished that sweep in {time.monotonic() - begin:.0f} s; every account is done."
        )

    def back_up_and_restore(self) -> None:
        """Run the commands of docs/deploy.md for backup and restore, and compare."""
        wait_for(
            "A complete snapshot",
            lambda: not self.stores.query("select 1 from history_snapshot where state = 'running'"),
        )
        guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
        before = self._figures()
        ended = self.site.stop()
        self.report(
            f"SIGTERM: web, scheduler and idle workers ended with code 0, the slowest in {max(ended.values()):.1f} s."
        )
        self._follow(commands_under(guide, "## Backup") + commands_under(guide, "### Restore"))
        self.site.run("migrate")
        self._start(self.site, "web", "worker", "scheduler")
        self._expect_same(before, "after the restore")
        size = (self.folder / "plumbline.dump").stat().st_size / 1e6
        self.report(
            f"Restore: dump of {size:.1f} MB, database dropped, restored by the guide's commands; same figures."
        )
        self.site.stop()

    def _follow(self, commands: str) -> None:
        """Run the guide's shell commands, with `docker` replaced by `exec`.

        The commands run in the database's container.
        """
        shim = self.folder / "bin" / "docker"
        shim.parent.mkdir(exist_ok=True)
        inside = " ".join(f"{name}={value}" for name, value in self.stores.inside().items())
        shim.write_text(DOCKER.format(enter=" ".join(as_nobody(["env", "-i", inside]))))
        shim.chmod(0o755)
        environment = {**os.environ, "PATH": f"{shim.parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["setsid", "bash", "-euo", "pipefail", "-c", commands],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise TrialError(f"The commands of docs/deploy.md failed:\n{done.stdout}{done.stderr}")

    def _start(self, site: Site, *names: str) -> None:
        for name in names:
            site.start(name)
            if name == "web":
                wait_for("The site's readiness", lambda: _is_up(f"{URL}/readyz"))

    def _simulate(self, code: Path) -> None:
        """Start the simulated AWS of a checkout with an empty state, and end the former."""
        if self.simulator:
            self.simulator.terminate()
            self.simulator.wait()
        state, log = self.folder / f"simulator-{time.monotonic():.0f}", self.folder / "simulator.log"
        # Older releases have it in the product.
        module = "devtools.simulator.server" if (code / "devtools" / "simulator").exists() else "posture.demo.server"
        command = [sys.executable, "-m", module, "--port", SIMULATOR.rpartition(":")[2]]
        with log.open("ab") as out:
            environment = {**os.environ, "PYTHONPATH": str(code), "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
            self.simulator = subprocess.Popen(
                [*command, "--state", str(state)], cwd=code, env=environment, stdout=out, stderr=out
            )
        wait_for("The simulator's start", lambda: _is_up(f"{SIMULATOR}/_plumbline/health"))

    @staticmethod
    def _control(path: str, body: str | None) -> None:
        request = urllib.request.Request(  # noqa: S310 our own simulator
            f"{SIMULATOR}/_plumbline/{path}",
            data=body.encode() if body else None,
            method="POST" if body else "DELETE",
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 the same

    def _log_in(self) -> Browser:
        """Log in as the demo's admin.

        The demo says the password, which only the site's key can make up.
        """
        code = (
            "from devtools.simulator.people import *; "
            f"print([password_of(p) for p in PERSONAS if p.login == '{ADMIN}'][0])"
        )
        said = self.site.run_demo("shell", "--no-imports", "-c", code)
        browser = Browser()
        browser.post("/login/", username=ADMIN, password=said.split()[-1])
        if "Log out" not in browser.get("/"):
            raise TrialError("The demo's admin cannot log in.")
        return browser

    def _figures(self) -> dict[str, str]:
        return {name: count for name, count in self.stores.query(FIGURES)}  # noqa: C416 pairs become a dictionary

    def _figures_in_words(self) -> str:
        return ", ".join(f"{int(count):,} {name}" for name, count in self._figures().items())

    def _expect_same(self, before: dict[str, str], when: str) -> None:
        after = self._figures()
        if after != before or int(after["open findings"]) == 0:
            raise TrialError(f"The figures {when} are {after}; they were {before}.")
        exported = len(list(csv.reader(self._log_in().get(EXPORT).splitlines()))) - 1
        if exported != int(after["open findings"]):
            raise TrialError(f"The export has {exported} findings {when}, and the database {after['open findings']}.")

    def _parts(self) -> dict[str, int]:
        return {state: int(count) for state, count in self.stores.query(PARTS)}


def commands_under(guide: str, heading: str) -> str:
    """Return the first block of shell commands under a heading of docs/deploy.md."""
    section = guide.partition(f"\n{heading}\n")[2]
    block = re.search(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    if block is None:
        raise TrialError(f"docs/deploy.md has no commands under {heading!r}.")
    return block[1]


DOCKER = """#!/bin/bash
# docker compose --file FILE exec [--no-TTY] postgres COMMAND runs the command; stop and up are done by the trial.
shift 3
case $1 in
  exec) shift; [ "$1" = --no-TTY ] && shift; [ "$1" = postgres ] || exit 64; shift; exec {enter} "$@" ;;
  stop|up) ;;
  *) echo "docker compose $1 is not known here" >&2; exit 64 ;;
esac
"""


class Browser:
    """As much of a browser as forms need: cookies and the CSRF token."""

    def __init__(self) -> None:
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        """Return a page; raise a `TrialError` if it is refused."""
        return self._open(urllib.request.Request(f"{URL}{path}"))  # noqa: S310 our own site

    def post(self, path: str, **fields: str) -> str:
        """Send a form and return the page that it leads to."""
        if not self._token():
            self.get("/login/")
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": self._token()}).encode()
        return self._open(urllib.request.Request(f"{URL}{path}", data=data, headers={"Referer": URL}))  # noqa: S310

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self.opener.open(request, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise TrialError(f"{request.full_url} answered {error.code}.") from error

    def _token(self) -> str:
        return next((str(one.value) for one in self.cookies if one.name == "csrftoken"), "")


def _is_up(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 our own address
        return bool(answer.status == 200)  # noqa: PLR2004
    return False


if __name__ == "__main__":
    sys.exit(main())
