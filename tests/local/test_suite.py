"""`./dev test --deep` tries ten times as many stories as `./dev test`."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from devtools.local import suite
from devtools.local.installation import ROOT

COUNT = "from tests.depth import every, examples, seeds; print(examples(3), len(seeds(2)), every(15))"


@pytest.mark.parametrize(("arguments", "depth"), [([], "3 2 15"), (["--deep"], "30 20 1")])
def test_a_deep_run_tries_ten_times_as_much(monkeypatch: pytest.MonkeyPatch, arguments: list[str], depth: str) -> None:
    monkeypatch.setenv(suite.DEEP, "")
    found: list[str] = []

    def run(*_: object, **__: object) -> Any:
        child = subprocess.Popen([sys.executable, "-c", COUNT], cwd=ROOT, text=True, stdout=subprocess.PIPE)
        found.append(child.communicate()[0].strip())
        return subprocess.CompletedProcess([], 0)

    monkeypatch.setattr(subprocess, "run", run)
    suite.main([*arguments, "tests/history"])
    assert found == [depth]
