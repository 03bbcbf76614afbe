"""Which Python and packages `./dev` uses.

A .venv that works is kept, and never replaced under a running site.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OTHER = "3.12" if sys.version_info[:2] != (3, 12) else "3.13"
"""A Python that does not run these tests."""


class Checkout:
    """The launcher with a fake uv that records its arguments."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("dev", "uv.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, root)
        shutil.copytree(ROOT / "tools", root / "tools")
        (version,) = re.findall(r"^uv==(\S+)", (ROOT / "tools" / "uv.txt").read_text(), re.MULTILINE)
        asked = root / "asked"
        self._script(".tools/bin/uv", f'[ "$1" = --version ] && echo uv {version} || echo "$@" >> {asked}')

    def _script(self, path: str, text: str) -> None:
        script = self.root / path
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f"#!/bin/sh\n{text}\n")
        script.chmod(0o700)

    def has_venv(self, version: str, group: str, *, works: bool = True, lock: str = "") -> None:
        """Create a .venv whose Python reports a version."""
        answer = f'[ "$1" = -S ] && echo Python {version} || echo ran "$@"'
        self._script(".venv/bin/python", answer if works else "exit 1")
        digest = hashlib.sha256((self.root / "uv.lock").read_bytes()).hexdigest()
        (self.root / ".venv" / ".plumbline").write_text(f"{lock or digest} {group}")

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Have a site run from this folder."""
        (self.root / ".run").mkdir()
        with (self.root / ".run" / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            site = subprocess.Popen(["sleep", "60"], pass_fds=[lock.fileno()])
            lock.write(f"{site.pid} demo The site at http://localhost:8000")
        try:
            yield site
        finally:
            site.kill()
            site.wait()

    def dev(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.root)}
        command = [sys.executable, "dev", *arguments]
        return subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)

    @property
    def asked(self) -> str:
        """What uv was asked for."""
        path = self.root / "asked"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_another_group_keeps_the_python_of_the_venv(checkout: Checkout) -> None:
    checkout.has_venv(OTHER, "local")
    with checkout.running():
        assert checkout.dev("shot").returncode == 0
    assert "--group dev" in checkout.asked
    assert checkout.asked.endswith(f"--python {OTHER}\n")


def test_a_new_lock_file_keeps_the_python_of_the_venv(checkout: Checkout) -> None:
    checkout.has_venv(OTHER, "dev", lock="older")
    checkout.dev("up")
    assert checkout.asked.endswith(f"--python {OTHER}\n")


@pytest.mark.parametrize(("version", "works"), [("3.9", True), (OTHER, False)])
def test_a_venv_that_is_of_no_use_is_made_by_the_python_that_calls(
    checkout: Checkout, version: str, *, works: bool
) -> None:
    checkout.has_venv(version, "local", works=works)
    checkout.dev("shot")
    assert checkout.asked.endswith(f"--python {sys.executable}\n")


@pytest.mark.parametrize("verb", ["up", "shot", "manage", "test"])
def test_nothing_is_replaced_under_a_running_site(checkout: Checkout, verb: str) -> None:
    checkout.has_venv(OTHER, "dev", lock="older")
    with checkout.running():
        result = checkout.dev(verb)
    assert result.returncode == 1
    assert result.stderr == (
        "The site at http://localhost:8000 is running in this folder and its packages must be replaced: "
        "./dev down first.\n"
    )
    assert checkout.asked == ""


def test_down_needs_no_installation(checkout: Checkout) -> None:
    checkout.has_venv(OTHER, "dev", lock="older")
    with checkout.running():
        assert "ran -m devtools.local.down" in checkout.dev("down").stdout
    assert checkout.asked == ""


def test_down_ends_a_site_whose_venv_is_broken(checkout: Checkout) -> None:
    checkout.has_venv(OTHER, "dev", works=False)
    with checkout.running() as site:
        result = checkout.dev("down")
        assert site.wait(5) == -15
    assert "Ended: The site at http://localhost:8000." in result.stdout
