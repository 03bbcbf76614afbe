"""The linters' runner shows what failed, and only that."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.local import bench, lint, suite

ROOT = Path(__file__).resolve().parents[2]


def test_what_a_linter_says_is_shown_only_if_it_fails(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good = lint.Tool("good", (sys.executable, "-c", "print('all is well')"))
    bad = lint.Tool("bad", (sys.executable, "-c", "raise SystemExit('a semicolon is missing')"))
    verdicts = lint.lint([good, bad], tmp_path)
    shown = capsys.readouterr().out
    assert {verdict.tool.name: bool(verdict.code) for verdict in verdicts} == {"good": False, "bad": True}
    assert "all is well" not in shown
    assert "a semicolon is missing" in shown
    assert "good                 ok" in shown


def test_every_linter_is_installed() -> None:
    for tool in lint.tools():
        assert shutil.which(tool.command[0]), tool.name


def test_the_linters_see_no_secret_of_their_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_FINGERPRINT_KEY", "real")
    assert "PLUMBLINE_FINGERPRINT_KEY" not in lint.environment()


def test_the_last_line_is_held_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert suite._stream(["....\n", "slowest\n", "5 passed in 1s\n"]) == "5 passed in 1s\n"
    assert capsys.readouterr().out == "....\nslowest\n"


def test_ci_runs_what_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text().splitlines() if line and not line.startswith("#")]
    assert commands[-1] == "exec ./dev test"


def test_a_benchmark_is_a_module_with_a_main(tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text('"""How fast it loads.\n\nAt length."""\ndef main(): ...\n')
    (tmp_path / "shared.py").write_text('"""No benchmark."""\n')
    assert bench.benchmarks(tmp_path) == {"load": "How fast it loads."}


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["no-such-thing"]) == 2
    assert "There is no benchmark 'no-such-thing'" in capsys.readouterr().err


def test_pytest_alone_takes_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        seen.append(list(command))
        return subprocess.CompletedProcess(command, 5)

    monkeypatch.setattr(subprocess, "run", run)
    assert suite.main(["tests/local", "-x"]) == 5
    assert seen == [[sys.executable, "-m", "pytest", "tests/local", "-x"]]
