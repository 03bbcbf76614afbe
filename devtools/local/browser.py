"""Chromium from an npm package, unpacked once, for tests and screenshots."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import tarfile
from pathlib import Path

from devtools.local import node

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = ("--no-sandbox", "--no-zygote", "--disable-gpu", "--font-render-hinting=none", "--hide-scrollbars")
"""Without a sandbox, since root may not use one: it only ever opens our own pages."""

UNPACK = """
const fs = require("fs"), zlib = require("zlib"), [source, target] = process.argv.slice(1);
fs.writeFileSync(target, zlib.brotliDecompressSync(fs.readFileSync(source)));
"""

FONTS = """<?xml version="1.0"?>
<fontconfig>
  <dir>{folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
  <alias binding="same"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
"""
"""The same face on every machine, so that screenshots can be compared."""


class BrowserError(Exception):
    """There is no browser to be had; the message says what to install."""


def executable(root: Path = ROOT) -> Path:
    """Return Chromium's binary, unpacked on first use.

    Any number of processes may ask at once.
    """
    if platform.machine() not in {"x86_64", "AMD64"} or platform.system() != "Linux":
        return _installed()
    folder = root / "node_modules" / ".chromium"
    if not (folder / "chromium").exists():
        with (root / "node_modules" / ".chromium.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "chromium").exists():
                _unpack(root / "node_modules" / "@sparticuz" / "chromium" / "bin", folder)
    return folder / "chromium"


def environment(binary: Path) -> dict[str, str]:
    """Return the environment in which `binary` finds its libraries and fonts."""
    folder = binary.parent
    if not (folder / "fonts").exists():
        return dict(os.environ)
    return {
        **os.environ,
        "LD_LIBRARY_PATH": str(folder / "al2023" / "lib"),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
    }


def _installed() -> Path:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    raise BrowserError("No Chromium for this machine: install one (apt install chromium) so that it is on the PATH.")


def _unpack(packed: Path, folder: Path) -> None:
    if not packed.exists():
        raise BrowserError("The package @sparticuz/chromium is not installed: run ./dev test or ./dev shot.")
    passing = folder.with_name(f".chromium.{os.getpid()}")
    passing.mkdir()
    # Where each archive belongs: the graphics library is looked for next to the binary.
    for name, place in {"fonts": "", "al2023": "al2023", "swiftshader": ""}.items():
        archive = passing / f"{name}.tar"
        node.run(UNPACK, packed / f"{name}.tar.br", archive)
        with tarfile.open(archive) as tar:
            tar.extractall(passing / place, filter="data")
        archive.unlink()
    node.run(UNPACK, packed / "chromium.br", passing / "chromium")
    (passing / "chromium").chmod(0o755)
    (passing / "fonts.conf").write_text(FONTS.format(folder=folder))
    passing.rename(folder)
