"""Choose the tests of a change: what `./dev test --quick` runs, within a minute.

The change is what differs from `main` (or from HEAD, on `main` itself), files that are not committed included.

| changed file | tests |
|---|---|
| `posture/checks/NAME.py` | the examples of its checks |
| `posture/collectors/NAME.py`, `tests/collectors/answers/NAME.json` | the tests of its resource types |
| `tests/AREA/test_NAME.py` | itself, with those of browser and simulator last and while much time is left |
| `posture/AREA/…`, `posture/pages/AREA/…`, `accounts/…`, `devtools/AREA/…` | `tests/AREA` |
| `templates/AREA/…`, any other file in `tests/AREA` | `tests/AREA` |

Of a folder only those modules run that import a changed module, where any does. Tests that drive a browser, start
the simulated Organization or take over five seconds are left to `./dev test`.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

BUDGET_SECONDS = 40
"""Seconds after which no further test is started; servers, collection and the last test take the rest of a minute."""
SLOW_MARKERS = "not browser and not simulator and not slow"
AREAS = (
    (re.compile(r"posture/(?:pages/sweeps/|jobs\.py)|templates/sweeps/"), "orchestration"),
    (re.compile(r"posture/responsibility/"), "practices"),
    (re.compile(r"posture/pages/(\w+)/"), "{0}"),
    (re.compile(r"posture/(\w+)/"), "{0}"),
    (re.compile(r"(accounts)/"), "{0}"),
    (re.compile(r"devtools/simulator/"), "simulation"),
    (re.compile(r"devtools/(\w+)/"), "{0}"),
    (re.compile(r"templates/(\w+)/"), "{0}"),
    (re.compile(r"tests/(\w+)/"), "{0}"),
)
SINGLE = {
    "docker/": "tests/test_docker.py",
    "docs/": "tests/test_docs.py",
    "posture/settings.py": "tests/test_environment.py",
    "posture/environment.py": "tests/test_environment.py",
    "posture/health.py": "tests/test_health.py",
}


@dataclass
class Selection:
    """Runs of pytest: whole files, files without slow tests, and names in a folder."""

    whole: set[str] = field(default_factory=set)
    fast: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)

    def runs(self) -> list[list[str]]:
        """Return the arguments of each run."""
        runs = [[target, "-k", " or ".join(sorted(names))] for target, names in sorted(self.names.items())]
        if self.whole:
            runs.append(sorted(self.whole))
        fast = {target for target in self.fast if target not in self.whole}
        if fast:
            runs.append([*sorted(fast), "-m", SLOW_MARKERS])
        return runs


def changed_files(root: Path) -> list[str]:
    """Return what differs from `main`, or from HEAD where that is `main`."""
    base = _git(root, "merge-base", "HEAD", "main").strip() or "HEAD"
    committed = _git(root, "diff", "--name-only", base)
    return sorted({*committed.splitlines(), *_git(root, "ls-files", "--others", "--exclude-standard").splitlines()})


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False).stdout


def select(root: Path, changed: Iterable[str]) -> Selection:
    """Return the tests of changed files."""
    selection = Selection()
    modules: dict[str, set[str]] = {}
    for name in changed:
        if re.fullmatch(r"tests/(?:\w+/)*test_\w+\.py", name):
            if (root / name).exists():
                selection.whole.add(name)
        elif registered := _registered(root, name):
            target, names = registered
            selection.names.setdefault(target, set()).update(names)
        elif single := next((test for start, test in SINGLE.items() if name.startswith(start)), None):
            selection.fast.add(single)
        elif (folder := _folder_of(name)) and (root / folder).is_dir():
            modules.setdefault(folder, set()).add(name)
    for folder, names in modules.items():
        selection.fast |= _importing(root, folder, names) or {folder}
    return selection


def _registered(root: Path, name: str) -> tuple[str, set[str]] | None:
    """Return where the checks or resource types of a file are tested, and their ids."""
    if re.fullmatch(r"posture/checks/\w+\.py", name):
        ids = _decorated(root / name, "check")
        return ("tests/checks/test_examples.py", ids) if ids else None
    answer = re.fullmatch(r"(?:posture/collectors|tests/collectors/answers)/(\w+)\.(?:py|json)", name)
    if answer:
        types = _decorated(root / "posture" / "collectors" / f"{answer[1]}.py", "collector")
        return ("tests/collectors", types) if types else None
    return None


def _decorated(file: Path, decorator: str) -> set[str]:
    """Return the names of the checks or the resource types that a file declares."""
    if not file.exists():
        return set()
    calls = [
        (node.name, call)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for call in node.decorator_list
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == decorator
    ]
    if decorator == "check":
        return {name for name, _ in calls}
    keywords = [keyword.value for _, call in calls for keyword in call.keywords if keyword.arg == "resource_type"]
    return {str(value.value) for value in keywords if isinstance(value, ast.Constant)}


def _folder_of(name: str) -> str:
    for pattern, area in AREAS:
        match = pattern.match(name)
        if match:
            return f"tests/{area.format(*match.groups())}"
    return ""


def _importing(root: Path, folder: str, names: Iterable[str]) -> set[str]:
    """Return the test modules of a folder that import one of the changed modules."""
    patterns = []
    for name in names:
        if name.endswith(".py"):
            parent, _, leaf = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".").rpartition(".")
            patterns.append(rf"(?:import|from) {parent}\.{leaf}\b|from {parent} import .*\b{leaf}\b")
    found = re.compile("|".join(patterns)) if patterns else None
    tests = (root / folder).rglob("test_*.py")
    return {
        test.relative_to(root).as_posix() for test in tests if found and found.search(test.read_text(encoding="utf-8"))
    }


def main(root: Path, pytest: tuple[str, ...]) -> int:
    """Run the tests of the change; return the exit code."""
    runs = select(root, changed_files(root)).runs()
    if not runs:
        print("Nothing has changed that has tests of its own.")
    budget = ("-p", "devtools.local.budget", f"--budget={BUDGET_SECONDS / max(1, len(runs)):.0f}")
    code = 0
    for arguments in runs:
        print(f"pytest {' '.join(arguments)}", flush=True)
        ended = subprocess.run([*pytest, "-q", "-n0", *budget, *arguments], cwd=root, check=False).returncode
        # 5: all that was chosen is slow.
        code = code or (0 if ended == 5 else ended)  # noqa: PLR2004
    return code


if __name__ == "__main__":
    print("\n".join(" ".join(one) for one in select(Path.cwd(), sys.argv[1:]).runs()))
