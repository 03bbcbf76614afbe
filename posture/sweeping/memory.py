"""Keeps a worker's memory from growing with its threads. Knows nothing of sweeps."""

from __future__ import annotations

import ctypes

ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""
ARENAS = 2


def share_arenas() -> bool:
    """Let all threads of this process share two of the C library's heaps; tell whether it agreed.

    glibc gives threads heaps of their own, eight for each core, and what one thread has freed no other
    uses. Python runs one thread at a time, so that there is nothing to win. Other C libraries have none.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(ARENA_MAX, ARENAS))
