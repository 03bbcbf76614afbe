"""`./dev image`: build this checkout's image and an older one, and try an upgrade."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.local.image import build, trial
from devtools.local.installation import ROOT

PROGRAMS = {
    "buildah": "buildah",
    "/usr/lib/podman/netavark": "netavark",
    "mmdebstrap": "mmdebstrap",
    "git": "git",
    "unshare": "util-linux",
    "setpriv": "util-linux",
}
"""What it calls, and Debian's package of each."""
ROOM = 6_000_000_000


class NeedsError(Exception):
    """The machine lacks something; the message says what."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="./dev image", description=__doc__)
    parser.add_argument(
        "--from", dest="old", default="", help="the commit to upgrade from (default: see docs/deploy.md)"
    )
    parser.add_argument("--folder", type=Path, help="keep everything in this folder, and build on what is there")
    options = parser.parse_args(arguments)
    try:
        check_needs(options.folder or Path(tempfile.gettempdir()))
        with _folder(options.folder) as folder:
            return _run(folder, options.old or commit_before_newest_migration())
    except (NeedsError, build.BuildError) as error:
        print(error, file=sys.stderr)
        return 1


def check_needs(folder: Path) -> None:
    """Raise a `NeedsError` with all that is missing."""
    try:
        system = platform.freedesktop_os_release()["ID"]
    except OSError:
        system = platform.system()
    if system != "debian" or os.geteuid() != 0:
        raise NeedsError(f"./dev image must be run by root on Debian, as in a throw-away container; this is {system}.")
    missing = sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})
    if missing:
        raise NeedsError(
            f"./dev image needs more packages: apt-get install --no-install-recommends {' '.join(missing)}"
        )
    if subprocess.run([*trial.NAMESPACES, "true"], check=False, capture_output=True).returncode:
        raise NeedsError("./dev image may not make namespaces here: run it with CAP_SYS_ADMIN.")
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    if free < ROOM:
        raise NeedsError(f"./dev image needs {ROOM // 10**9} GB in {folder}, which has {free / 10**9:.1f} GB free.")


def commit_before_newest_migration() -> str:
    """Return the last commit whose database is older than this checkout's."""
    newest = ["git", "-C", str(ROOT), "log", "-1", "--format=%H", "--diff-filter=AM", "--", "*/migrations/0*.py"]
    found = build.run(newest).strip()
    if not found:
        raise NeedsError("./dev image needs the history of the checkout, to upgrade from an earlier commit.")
    return f"{found}^"


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="plumbline-image-", ignore_cleanup_errors=True) as made:
        # Others than root must reach what PostgreSQL runs from.
        Path(made).chmod(0o755)
        try:
            yield Path(made)
        finally:
            # buildah leaves its store mounted on itself, which would keep the folder.
            subprocess.run(["umount", "--quiet", f"{made}/store/overlay"], check=False)


def _run(folder: Path, commit: str) -> int:
    buildah, old = build.Buildah(folder), folder / "old"
    shutil.rmtree(old, ignore_errors=True)
    old.mkdir()
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", commit], check=False, capture_output=True)
    if archive.returncode:
        raise NeedsError(f"There is no commit {commit}: {archive.stderr.decode().strip()}")
    subprocess.run(["tar", "--extract", "--directory", str(old)], input=archive.stdout, check=True)
    known = buildah.run("images", "--format", "{{.Name}}").splitlines()
    python, node = "localhost/plumbline-base/python", "localhost/plumbline-base/node"
    if python not in known:
        with _step("Python base from Debian's packages"):
            build.build_python(buildah)
    if node not in known:
        with _step("Node base"):
            build.build_node(buildah, python)
    short = build.run(["git", "-C", str(ROOT), "rev-parse", "--short", commit]).strip()
    with _step(f"Image of {short}"):
        before = build.build_site(buildah, old, "older", python, node)
    with _step("Image of this checkout"):
        now = build.build_site(buildah, ROOT, "newer", python, node)
    return trial.begin(folder, old, (before, now))


@contextmanager
def _step(name: str) -> Iterator[None]:
    print(f"  {name:<36}", end="", flush=True)
    begin = time.monotonic()
    yield
    print(f"{time.monotonic() - begin:6.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
