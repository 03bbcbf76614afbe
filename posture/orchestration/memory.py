"""Memory settings of workers: shared malloc arenas and less garbage collection."""

from __future__ import annotations

import ctypes
import gc

from posture.core.shortcuts import Shortcut, is_enabled

ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""
ARENAS = 2
GC_THRESHOLD = 50_000
"""Objects that may be made before the youngest are looked through for cycles, where Python's own limit is 700."""


def share_arenas() -> bool:
    """Share two of the C library's heaps among all threads.

    Return False if unsupported.

    glibc gives threads heaps of their own, eight for each core, and what one thread has freed no other
    uses. Python runs one thread at a time, so that there is nothing to win. Other C libraries have none.
    """
    if not is_enabled(Shortcut.ARENAS):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(ARENA_MAX, ARENAS))


def tune_garbage_collection() -> None:
    """Collect garbage less often, and never among objects loaded so far.

    A sweep makes objects by the thousand and few of them are in cycles, while each look walks clients and checks
    as well: that took a twentieth of the CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, *gc.get_threshold()[1:])
