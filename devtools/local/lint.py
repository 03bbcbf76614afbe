"""`./dev lint`: every linter at once.

One line each, and what it says only if it fails.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from devtools.local.installation import ROOT

BIN = Path(sys.executable).parent
UNUSED_SETTINGS = {
    "PLUMBLINE_SECRET_KEY": secrets.token_urlsafe(48),
    "DATABASE_URL": "postgres://nobody@/nothing?host=/nonexistent",
    "REDIS_URL": "unix:///nonexistent",
}
"""What the settings need in order to load. Nothing is connected to."""


@dataclass(frozen=True)
class Tool:
    """A linter's name and command line."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What a linter said, and in how many seconds."""

    tool: Tool
    code: int
    output: str
    seconds: float


def tools(root: Path = ROOT) -> list[Tool]:
    """Return every linter, the slowest first."""
    manage = (sys.executable, "-W", "ignore::RuntimeWarning", "manage.py")
    forms = [f".github/ISSUE_TEMPLATE/{name}.yml" for name in ("bug", "new_check_or_type", "wrong_finding")]
    return [
        Tool("types", (_bin("mypy"),)),
        Tool("import contracts", (_bin("lint-imports"), "--no-logo")),
        Tool("migrations", (*manage, "makemigrations", "--check", "--dry-run")),
        Tool("safe migrations", (*manage, "lint_migrations")),
        Tool("deployment checks", (*manage, "check", "--deploy", "--fail-level", "WARNING")),
        Tool("lock file", (uv(root), "lock", "--check", "--quiet")),
        Tool("Dockerfile", (_bin("hadolint"), "--config", "docker/hadolint.yaml", "docker/Dockerfile")),
        Tool("CI workflow", _schema("github-workflows", ".github/workflows/ci.yml", ".github/workflows/nightly.yml")),
        Tool("issue forms", _schema("github-issue-forms", *forms)),
        Tool("compose file", _schema("compose-spec", "docker/compose.yaml")),
        Tool("dead code", (sys.executable, "-m", "devtools.local.dead_code")),
        Tool("words", (sys.executable, "-m", "devtools.local.prose")),
        Tool("template width", (sys.executable, "-m", "devtools.local.template_width")),
        Tool("templates", (_bin("djlint"), "--lint", "--quiet", "templates")),
        Tool("rules", (_bin("ruff"), "check", "--quiet")),
        Tool("formatting", (_bin("ruff"), "format", "--check", "--quiet")),
    ]


def _schema(name: str, *files: str) -> tuple[str, ...]:
    """Return the command that validates files by a schema which the validator brings."""
    return (_bin("check-jsonschema"), "--builtin-schema", f"vendor.{name}", *files)


def _bin(name: str) -> str:
    return str(BIN / name)


def uv(root: Path) -> str:
    """Return the path of the installer: the checkout's own, else the one on the PATH."""
    own = root / ".tools" / "bin" / "uv"
    return str(own) if own.exists() else shutil.which("uv") or str(own)


def environment() -> dict[str, str]:
    """Return the environment of the linters."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
    # What a pipe or a CI machine would turn off or on is the same for everyone.
    return {**env, **UNUSED_SETTINGS, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1", "NO_COLOR": "1"}


def run(tool: Tool, env: Mapping[str, str], root: Path = ROOT) -> Verdict:
    """Run one linter."""
    begin = time.monotonic()
    result = subprocess.run(
        tool.command, cwd=root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return Verdict(tool, result.returncode, result.stdout, time.monotonic() - begin)


def lint(wanted: list[Tool], root: Path = ROOT) -> list[Verdict]:
    """Run linters, as many at a time as there are cores.

    Print each one's line when it is done.
    """
    env = environment()
    verdicts = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for future in as_completed([pool.submit(run, tool, env, root) for tool in wanted]):
            verdict = future.result()
            verdicts.append(verdict)
            print(
                f"  {verdict.tool.name:<20} {'failed' if verdict.code else 'ok':<8} {verdict.seconds:6.1f} s",
                flush=True,
            )
    for verdict in verdicts:
        if verdict.code:
            print(f"\n{verdict.tool.name}: {' '.join(verdict.tool.command)}\n{verdict.output.strip()}")
    return verdicts


def main() -> int:
    """Run the command; return its exit code."""
    return int(any(verdict.code for verdict in lint(tools())))


if __name__ == "__main__":
    sys.exit(main())
