"""Saving and restoring the simulated AWS: one file, replaced whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import dill
import moto

from devtools.simulator.overlay import backing
from devtools.simulator.overlay.world import World

FILE = "simulator.state"
FORMAT = 5


def save(world: World, folder: Path) -> Path:
    """Write everything to `folder`; a crash in the middle leaves the former file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    handle, name = tempfile.mkstemp(dir=folder, prefix=f"{FILE}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(dill.dumps((FORMAT, moto.__version__, world, backing.take_state())))
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return file


def restore(folder: Path) -> World | None:
    """Read what `save` wrote, or return None where there is nothing usable.

    Another version's state is set aside.
    """
    file = folder / FILE
    if not file.exists():
        return None
    # Our own file in a folder of our own: pickle runs what it reads, so nothing else may write there.
    try:
        form, version, world, state = dill.loads(file.read_bytes())  # noqa: S301
    except (ImportError, AttributeError, TypeError):
        # Another version's classes are in other modules, or are made of something else.
        form, version, world, state = 0, "", None, None
    if (form, version) != (FORMAT, moto.__version__):
        file.rename(file.with_suffix(".outdated"))
        return None
    backing.put_state(state)
    return world if isinstance(world, World) else None
