"""Copy front-end files from npm packages to `static/vendor/` and collect them.

Nothing of other people's is committed, and no page loads from another origin. Tabler's sheet is trimmed first to what
the site names. Uses the standard library alone, so that an image's build stage can run it after `styles.mjs`:
`python -m devtools.local.assets`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devtools.local import node, woff

ROOT = Path(__file__).resolve().parents[2]

FILES = {
    ".trimmed/tabler.min.css": "tabler.min.css",
    "plotly.js-basic-dist-min/plotly-basic.min.js": "plotly-basic.min.js",
    "@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2": "fonts/plex-sans.woff2",
    "@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-ext-wght-normal.woff2": "fonts/plex-sans-ext.woff2",
    "@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2": "fonts/plex-mono.woff2",
}
"""Path in `node_modules` to path in `static/vendor`."""

PLEX_SANS = "@fontsource/ibm-plex-sans"
UNPACKED = {
    f"{PLEX_SANS}/files/ibm-plex-sans-{subset}-{weight}-normal.woff": f"ttf/plex-sans-{subset}-{weight}.ttf"
    for subset in ("latin", "latin-ext")
    for weight in (300, 400, 500)
} | {"@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff": "ttf/plex-mono.ttf"}
"""The same for fonts in which PNG is drawn on the server; no browser asks for them."""

ICONS = "@tabler/icons/icons/outline"
TRIM = Path("devtools", "local", "styles.mjs")
NAMING = ("templates/**/*.html", "static/js/*.js", "accounts/**/*.py", "posture/**/*.py")
"""What names classes of Tabler's sheet, as in `styles.mjs`."""


class AssetError(Exception):
    """An asset is missing; the message says which and where it was asked for."""


def copy(root: Path = ROOT) -> int:
    """Copy the vendor files and the icons named in `static/icons.txt`.

    Return how many were written.
    """
    wanted = dict(_wanted(root))
    vendor = root / "static" / "vendor"
    for stray in {path for path in vendor.rglob("*") if path.is_file()} - set(wanted):
        stray.unlink()
    return sum(_write(_content(source, target), target) for target, source in wanted.items())


def trim(root: Path = ROOT) -> bool:
    """Trim Tabler's sheet to what the site names; return whether that was needed."""
    stamp = root / "node_modules" / ".trimmed" / "stamp"
    digest = hashlib.sha256((root / "package-lock.json").read_bytes() + (root / TRIM).read_bytes())
    for path in sorted(path for pattern in NAMING for path in root.glob(pattern)):
        digest.update(path.read_bytes())
    now = digest.hexdigest()
    if stamp.exists() and stamp.read_text() == now and (stamp.parent / "tabler.min.css").exists():
        return False
    node.run_file(root / TRIM, root)
    stamp.write_text(now)
    return True


def _wanted(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield target and source of every file."""
    modules, vendor = root / "node_modules", root / "static" / "vendor"
    for source, target in (FILES | UNPACKED).items():
        yield vendor / target, modules / source
    for name in icons(root):
        source_file = modules / ICONS / f"{name}.svg"
        if not source_file.exists():
            raise AssetError(f"static/icons.txt names {name!r}, which Tabler's outline icons do not have.")
        yield vendor / "icons" / "outline" / f"{name}.svg", source_file


def icons(root: Path = ROOT) -> list[str]:
    """Return the names of the icons that the site uses."""
    lines = (root / "static" / "icons.txt").read_text(encoding="utf-8").splitlines()
    return sorted({line.strip() for line in lines if line.strip() and not line.startswith("#")})


def _content(source: Path, target: Path) -> bytes:
    content = source.read_bytes()
    return woff.unpack(content) if target.suffix == ".ttf" else content


def _write(content: bytes, target: Path) -> bool:
    if target.exists() and target.read_bytes() == content:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    # In one step: a browser may be loading the old file.
    passing = target.with_name(f".{target.name}.{os.getpid()}")
    passing.write_bytes(content)
    passing.replace(target)
    return True


def gather(root: Path = ROOT, env: Mapping[str, str] = os.environ) -> bool:
    """Run collectstatic, unless nothing has changed since the last time.

    Return whether it ran.

    One process at a time.
    """
    with _locked(root):
        return _gather(root, env)


def _gather(root: Path, env: Mapping[str, str]) -> bool:
    stamp = root / "staticfiles" / ".plumbline"
    now = _fingerprint(root)
    if stamp.exists() and stamp.read_text() == now:
        return False
    shutil.rmtree(root / "staticfiles", ignore_errors=True)
    # Icons are written into the pages, and PNG is drawn on the server, so no browser asks for either.
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    command += ["--ignore", "icons", "--ignore", "ttf"]
    result = subprocess.run(
        command,
        cwd=root,
        env={**env, "PLUMBLINE_HASHED_STATIC": "yes"},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise AssetError(f"collectstatic failed:\n{result.stderr.strip()}")
    stamp.write_text(now)
    return True


def _fingerprint(root: Path) -> str:
    """Return a digest that changes when a static file or a package's version does."""
    digest = hashlib.sha256((root / "uv.lock").read_bytes())
    for folder in [root / "static", *sorted(root.glob("posture/**/static")), root / "accounts" / "static"]:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                status = path.stat()
                digest.update(f"{path.relative_to(root)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def build(root: Path = ROOT, *, dev: bool = False) -> None:
    """Install the packages and copy what is needed of them; one process at a time."""
    with _locked(root):
        node.install(root, dev=dev)
        trim(root)
        copy(root)


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    (root / ".run").mkdir(exist_ok=True, mode=0o700)
    with (root / ".run" / "assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    copy()
