"""Access levels of IAM actions, from a file that tests compare to AWS's reference."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("levels.toml")
UNTOLD = "List or Read"
"""What is shown of an action that is not in the file yet: tests let no collector declare anything else."""


@cache
def _levels() -> dict[str, str]:
    listed: dict[str, dict[str, list[str]]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        f"{prefix}:{name}": level
        for prefix, by_level in listed.items()
        for level, names in by_level.items()
        for name in names
    }


def level_of(action: str) -> str:
    """Return the access level of an action: List, Read, or what AWS calls it."""
    return _levels().get(action, UNTOLD)
