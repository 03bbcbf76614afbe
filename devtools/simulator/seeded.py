"""Simulators that start from a week of the story."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from devtools.simulator.apply import apply_until
from devtools.simulator.declared import Declared
from devtools.simulator.simulator import STATE_FILE, Simulator
from posture.permissions import management_actions, policy_version

MAX_AGE_SECONDS = 86_400
"""Age at which a state file of earlier data or code is deleted."""


def seeded_simulator(state: Path, week: int = 0) -> Simulator:
    """Return a simulator, not yet started, whose state is the story up to a week."""
    seed_state(state, week)
    return Simulator(state)


def seed_state(state: Path, week: int = 0) -> None:
    """Write a week's state into the folder that a simulator restores from.

    The first call for a week applies the story (about 8 s) and keeps the result in the temporary folder under a
    digest of all data and code; later calls copy that file.
    """
    state.mkdir(parents=True, exist_ok=True)
    shutil.copy(_state_of_week(week), state / STATE_FILE)


def _state_of_week(week: int) -> Path:
    """Return a state file with the story applied up to a week.

    Create it if it does not exist.
    """
    folder = Path(tempfile.gettempdir()) / f"plumbline-simulator-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{_digest_of_sources()}-{week}"
    file = folder / f"{name}.state"
    with (folder / f"{name}.lock").open("w") as lock:
        # Test processes start together: one applies the story, the others wait for it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _delete_old(folder)
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                if week > 0:
                    shutil.copy(_state_of_week(0), Path(scratch) / STATE_FILE)
                _apply(Simulator(Path(scratch)), week).rename(file)
    return file


def _digest_of_sources() -> str:
    sources = sorted(p for p in Path(__file__).parent.rglob("*") if p.suffix in {".py", ".toml"})
    # The story's roles hold what today's collectors declare.
    parts = [*(p.read_bytes() for p in sources), policy_version(management_actions()).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _apply(simulator: Simulator, week: int) -> Path:
    with simulator:
        apply_until(simulator.control, Declared.read(), week, dt.datetime.now(dt.UTC).replace(microsecond=0))
        return simulator.control.save()


def _delete_old(folder: Path) -> None:
    for old in folder.iterdir():
        if old.is_file() and time.time() - old.stat().st_mtime > MAX_AGE_SECONDS:
            old.unlink(missing_ok=True)
