"""Folders that admit their owner alone.

Whoever reaches a server's socket is let in without a password.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


class FolderError(Exception):
    """A folder cannot be trusted; the message says what to do."""


def make(folder: Path) -> None:
    """Create the folder, or close it to others; refuse one that somebody else made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise FolderError(f"{folder} belongs to another user: remove it, or run as its owner.")
    folder.chmod(0o700)


def elsewhere(folder: Path, parent: str, kind: str) -> Path:
    """Return a short, reachable path under `parent` for `folder`.

    It is for a path that is too long for a socket or out of reach.
    """
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(parent) / f"plumbline-{name}-{kind}"
