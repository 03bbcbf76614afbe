"""`./dev test`: the linters next to the tests.

Pytest's closing line is the last one printed.

`./dev test --quick` runs the tests of the change alone (quick.py), `./dev test --deep` ten times as many random
stories and all combinations (tests/depth.py). With other arguments it is pytest alone, with
those arguments.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from typing import IO

from devtools.local import quick
from devtools.local.installation import ROOT

PYTEST = (sys.executable, "-m", "pytest")
DEEP = "PLUMBLINE_DEEP_TESTS"
"""The variable of the environment that makes tests go deep."""
DEEP_TIMEOUT_SECONDS = 4 * 3600
ALL = ("-q", "-n", "2", "--dist", "worksteal", "--durations", "10")


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    if arguments == ["--quick"]:
        return quick.main(ROOT, PYTEST)
    if arguments[:1] == ["--deep"]:
        os.environ[DEEP] = "1"
        arguments = arguments[1:] or [*ALL, f"--timeout={DEEP_TIMEOUT_SECONDS}"]
    if arguments:
        return subprocess.run([*PYTEST, *arguments], cwd=ROOT, check=False).returncode
    with tempfile.TemporaryFile("w+") as report:
        linting = subprocess.Popen(
            [sys.executable, "-m", "devtools.local.lint"], cwd=ROOT, stdout=report, stderr=subprocess.STDOUT
        )
        testing = subprocess.Popen(
            [*PYTEST, *ALL], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            closing = _stream(testing.stdout or [])
            codes = testing.wait(), linting.wait()
        finally:
            testing.terminate()
            linting.terminate()
        _print_from_start(report)
    print(closing, end="", flush=True)
    return next((code for code in codes if code), 0)


def _stream(lines: Iterable[str]) -> str:
    """Print lines as they come, but for the last one: return that."""
    held = ""
    for line in lines:
        print(held, end="", flush=True)
        held = line
    return held


def _print_from_start(report: IO[str]) -> None:
    report.seek(0)
    print(f"\nlint\n{report.read()}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
