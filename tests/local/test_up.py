"""`./dev up` and `./dev down` on the real site, in a checkout of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from devtools.local import assets, preflight, processes
from devtools.local.up import is_up

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "accounts",
    "devtools",
    "posture",
    "static",
    "templates",
    "manage.py",
    "package-lock.json",
    "package.json",
    "uv.lock",
)


class Checkout:
    """A copy of the tree that shares only what was downloaded."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.run = root / ".run"
        self.port = preflight.free_port()
        self.output = root / "output"
        self.url = f"http://localhost:{self.port}"
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, root / part)
        for part in ("node_modules", ".tools"):
            (root / part).symlink_to(ROOT / part)

    def environment(self) -> dict[str, str]:
        given = ("PLUMBLINE_", "DATABASE_URL", "REDIS_URL", "PYTEST")
        env = {name: value for name, value in os.environ.items() if not name.startswith(given)}
        return {**env, "PYTHONPATH": str(self.root), "PYTHONUNBUFFERED": "1"}

    def start(self, verb: str, *arguments: str) -> subprocess.Popen[bytes]:
        with self.output.open("w") as output:
            return subprocess.Popen(
                [sys.executable, "-m", f"devtools.local.{verb}", *arguments],
                cwd=self.root,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def run_verb(self, verb: str, *arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", f"devtools.local.{verb}", *arguments]
        result = subprocess.run(
            command, cwd=self.root, env=self.environment(), input="", capture_output=True, text=True, check=False
        )
        return result.returncode, result.stdout + result.stderr

    def up(self, until: str = "The site is at") -> subprocess.Popen[bytes]:
        """Start the site; return the launcher once the site is ready."""
        launcher = self.start("up", "--aws", "--port", str(self.port))
        wait_for(self.output, lambda: until in self.output.read_text() or launcher.poll() is not None, seconds=300)
        assert launcher.poll() is None, self.output.read_text()
        return launcher

    def of(self, *command: str) -> list[psutil.Process]:
        return [p for p in processes.of_run(self.run) if all(part in words_of(p) for part in command)]


def words_of(process: psutil.Process) -> list[str]:
    """Return a process's command line; empty where it has ended since it was found."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def checkout(tmp_path: Path, built_assets: None) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path)
    yield checkout
    checkout.run_verb("down")


def wait_for(log: Path, done: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_the_life_of_a_site(checkout: Checkout) -> None:
    """One story, since each start takes seconds.

    Used, killed, started again, crashed, and taken down.
    """
    launcher = checkout.up(until="Log in as admin with the password")
    everything_is_served(checkout)
    a_second_launcher_is_turned_away(checkout)
    commands_reach_the_running_site(checkout)

    launcher.kill()
    launcher.wait()
    launcher = checkout.up()
    assert is_up(f"{checkout.url}/readyz")
    assert "Log in as admin" not in checkout.output.read_text()
    what_crashes_is_started_again(checkout)

    code, output = checkout.run_verb("down")
    assert code == 0
    assert f"Ended: The site at {checkout.url}" in output
    assert launcher.wait(10) == 0
    assert processes.of_run(checkout.run) == []
    preflight.check_port(checkout.port)
    assert checkout.run_verb("down") == (0, "Nothing was running.\n")


def everything_is_served(checkout: Checkout) -> None:
    assert is_up(f"{checkout.url}/readyz")
    for step in ("PostgreSQL", "Valkey", "Database tables", "Static files", "Web server"):
        assert re.search(rf"{step} +\d+\.\d s", checkout.output.read_text())
    with urllib.request.urlopen(f"{checkout.url}/login/", timeout=10) as page:  # noqa: S310 our own address
        html = page.read().decode()
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    stylesheets = re.findall(r'href="(/static/[^"]+\.css)"', html)
    assert stylesheets
    for stylesheet in stylesheets:
        assert re.search(r"\.[0-9a-f]{12}\.css$", stylesheet), stylesheet
        assert is_up(f"{checkout.url}{stylesheet}")
    assert (checkout.run / "aws" / "secret_key").stat().st_mode & 0o777 == 0o600


def a_second_launcher_is_turned_away(checkout: Checkout) -> None:
    code, output = checkout.run_verb("up", "--aws", "--port", str(preflight.free_port()))
    assert code == 1
    assert output.strip() == f"The site at {checkout.url} is running in this folder: ./dev down ends it."


def commands_reach_the_running_site(checkout: Checkout) -> None:
    code, output = checkout.run_verb("manage", "showmigrations", "--plan", "--skip-checks")
    assert code == 0
    assert "[X]  accounts.0001" in output


def what_crashes_is_started_again(checkout: Checkout) -> None:
    before = set(checkout.of("rqworker"))
    (database,) = [process for process in checkout.of() if process.name() == "postgres"]
    for process in (*before, database):
        process.kill()
    wait_for(checkout.output, lambda: len(set(checkout.of("rqworker")) - before) >= 2)
    wait_for(checkout.output, lambda: is_up(f"{checkout.url}/readyz"))
    assert "Postgres ended and is started again." in checkout.output.read_text()


def test_reset_deletes_only_after_a_yes(checkout: Checkout) -> None:
    kept = checkout.run / "aws" / "secret_key"
    kept.parent.mkdir(parents=True)
    kept.write_text("x")
    assert checkout.run_verb("reset", "--yes") == (0, "There is nothing to delete.\n")
    assert kept.exists()
    code, output = checkout.run_verb("reset", "--aws")
    assert (code, kept.exists()) == (1, True)
    assert "add --yes" in output
    assert checkout.run_verb("reset", "--aws", "--yes") == (0, "Deleted: aws.\n")
    assert not kept.exists()


def test_a_missing_icon_is_named(checkout: Checkout) -> None:
    with (checkout.root / "static" / "icons.txt").open("a") as icons:
        icons.write("no-such-icon\n")
    with pytest.raises(assets.AssetError, match="names 'no-such-icon', which Tabler's outline icons do not have"):
        assets.copy(checkout.root)
