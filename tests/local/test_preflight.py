"""What prevents a start is reported in one sentence that says what to do."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest

from devtools.local import node, preflight

ROOT = Path(__file__).resolve().parents[2]


def test_a_taken_port_is_named_with_its_holder_and_a_way_out() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(preflight.PreflightError, match=rf"Port {port} is taken.*--port {port + 1}") as caught:
            preflight.check_port(port)
    assert str(os.getpid()) in str(caught.value)


@pytest.mark.parametrize("port", [-1, 70000])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(preflight.PreflightError, match="is no port"):
        preflight.check_port(port)


def test_a_free_port_passes() -> None:
    preflight.check_port(preflight.free_port())


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_full_disk_is_said_with_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9 - 5_000_000, 5_000_000))
    with pytest.raises(preflight.PreflightError, match=r"has 5 MB free .* needs about 300 MB: free some"):
        preflight.check_room(tmp_path)


def test_a_run_folder_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / ".run").write_text("in the way")
    with pytest.raises(preflight.PreflightError, match=r"cannot be written to .* copy the checkout"):
        preflight.check_folder(tmp_path)


def run_dev(dev: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    python = shutil.which("python3") or "python3"
    env = {"PATH": os.environ["PATH"], "HOME": str(dev.parent), **environment}
    return subprocess.run([python, dev, *arguments], env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The launcher in a folder where nothing is installed."""
    for name in ("dev", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    return tmp_path / "dev"


def test_an_old_python_stops_with_the_versions_that_are_needed(checkout: Path) -> None:
    text = checkout.read_text()
    checkout.write_text(re.sub(r"OLDEST, NEWEST = .*", "OLDEST, NEWEST = (3, 90), (3, 92)", text))
    result = run_dev(checkout, "up")
    assert result.returncode == 1
    assert re.fullmatch(r"Plumbline needs Python .* and this is 3\.\d+: install one of them.*\n", result.stderr)


def test_without_network_one_sentence_says_so(checkout: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    result = run_dev(checkout, "up", **nowhere)
    assert result.returncode == 1
    assert result.stderr == (
        "The Python package index cannot be reached: check the network, and HTTPS_PROXY if there is a proxy.\n"
    )


def test_without_network_npm_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(node.NodeError, match=r"^npm cannot reach its registry: check the network.*start again\.$"):
        node.install(tmp_path, dev=False)


def test_another_file_than_the_pinned_one_is_refused(checkout: Path) -> None:
    pinned = checkout.parent / "tools" / "uv.txt"
    pinned.write_text(re.sub(r"sha256:\w+", f"sha256:{'0' * 64}", pinned.read_text()))
    result = run_dev(checkout, "up")
    assert result.returncode == 1
    assert "What was downloaded is not the file that tools/uv.txt names" in result.stderr
    assert not (checkout.parent / ".tools" / "bin" / "uv").exists()


def test_a_missing_pip_is_said(checkout: Path) -> None:
    text = checkout.read_text()
    checkout.write_text(text.replace('"pip", "--version"', '"pip_that_is_not_there", "--version"'))
    result = run_dev(checkout, "up")
    assert result.returncode == 1
    assert "has no pip: install it" in result.stderr


def test_a_full_disk_is_said_before_anything_is_downloaded(checkout: Path) -> None:
    checkout.write_text(re.sub(r"(?m)^ROOM = .*", "ROOM = 10**18", checkout.read_text()))
    result = run_dev(checkout, "up")
    assert result.returncode == 1
    assert re.fullmatch(r"The disk of .* has \d+ MB free, and an installation takes .*: free some.*\n", result.stderr)


def test_a_read_only_folder_is_said() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        shutil.copy(ROOT / "dev", folder)
        Path(folder).chmod(0o555)
        # Root may write everywhere, so it asks as somebody else.
        someone = "nobody" if os.geteuid() == 0 else None
        python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else "python3"
        result = subprocess.run(
            [python, f"{folder}/dev", "up"], capture_output=True, text=True, check=False, cwd=folder, user=someone
        )
        Path(folder).chmod(0o700)
    assert (
        result.stderr == f"{folder} cannot be written to: copy the checkout to a folder of your own and start there.\n"
    )


def test_an_unknown_verb_points_to_help(checkout: Path) -> None:
    assert run_dev(checkout, "dance").stderr == "./dev does not know 'dance': see ./dev help.\n"
    assert "./dev up" in run_dev(checkout, "help").stdout


def test_down_where_nothing_is_installed_installs_nothing(checkout: Path) -> None:
    assert run_dev(checkout, "down").stdout == "Nothing is installed here, so nothing is running.\n"
    assert not (checkout.parent / ".tools").exists()


def test_what_it_starts_keeps_bytecode(checkout: Path) -> None:
    """A worker that compiles all that it imports takes twice as long to come."""
    python = checkout.parent / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\n[ "$1" = -S ] && echo Python 3.13 || env\n')
    python.chmod(0o700)
    lock = hashlib.sha256((checkout.parent / "uv.lock").read_bytes()).hexdigest()
    (checkout.parent / ".venv" / ".plumbline").write_text(f"{lock} dev")
    said = run_dev(checkout, "test", PYTHONDONTWRITEBYTECODE="1").stdout
    assert "PYTHONUNBUFFERED=1" in said
    assert "PYTHONDONTWRITEBYTECODE" not in said
