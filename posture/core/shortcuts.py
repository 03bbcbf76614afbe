"""Shortcuts past the public interfaces of other libraries, each with a switch.

A shortcut uses what a library does not promise to keep. It is worth that where it brings a tenth or more of a
benchmark's figure, and an upgrade that breaks it must not stop the site: docs/decisions/botocore-internals.md has the
figures, `PLUMBLINE_SHORTCUTS` the ones to take.
"""

from __future__ import annotations

import os
from enum import StrEnum
from functools import cache

VARIABLE = "PLUMBLINE_SHORTCUTS"
NONE = "none"


class Shortcut(StrEnum):
    """What can be switched off by leaving its value out of `PLUMBLINE_SHORTCUTS`."""

    ARENAS = "arenas"
    """Threads share two of glibc's heaps, by mallopt."""
    MODELS = "models"
    """botocore's service models are loaded without their documentation, by a file loader of ours."""
    PIPELINE = "pipeline"
    """Recording sends its statements through libpq, past psycopg's cursors."""


def is_enabled(shortcut: Shortcut) -> bool:
    """Return True if a shortcut is to be taken."""
    return shortcut in enabled(os.environ.get(VARIABLE, ""))


@cache
def enabled(text: str) -> frozenset[Shortcut]:
    """Return the shortcuts that a comma-separated list names.

    An empty text names all, "none" names none. Raises ValueError with a sentence for an unknown name.
    """
    names = {word.strip().lower() for word in text.split(",") if word.strip()}
    if not names:
        return frozenset(Shortcut)
    unknown = names - {*Shortcut, NONE}
    if unknown:
        known = ", ".join(Shortcut)
        raise ValueError(f"{VARIABLE} names {', '.join(sorted(unknown))}: write some of {known}, or {NONE}.")
    return frozenset(Shortcut(name) for name in names - {NONE})
