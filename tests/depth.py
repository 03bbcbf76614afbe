"""How deep tests of random stories go: a little in each run, ten times as deep by `./dev test --deep`.

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
    """Return the distance between the combinations that a test tries of many; a deep run tries ten times as many."""
    return max(1, step // TIMES)
