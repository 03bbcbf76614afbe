"""How deep random tests go: `./dev test --deep` tries ten times as much.

A story is random, and the same in no two runs, so that many short runs find what one long one would.
"""

from __future__ import annotations

import os

from devtools.local.suite import DEEP

TIMES = 10 if os.environ.get(DEEP) else 1


def examples(everyday: int) -> int:
    """Return how many random examples a test tries."""
    return everyday * TIMES


def seeds(everyday: int) -> range:
    """Return the seeds of a test whose stories are the same in each run."""
    return range(everyday * TIMES)


def every(step: int) -> int:
    """Return the distance between combinations that a test tries of many."""
    return max(1, step // TIMES)
