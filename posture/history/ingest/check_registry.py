"""A cache of what follows from the registry of checks alone.

It is the same for every account of every sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from posture.core.check import Check

Checks = Mapping[str, Check]
Value = TypeVar("Value")


class PerRegistry(Generic[Value]):
    """A value that is computed from the checks when it is first asked for.

    It is cached while these are the checks.
    """

    def __init__(self, compute: Callable[[Checks], Value]) -> None:
        self._compute = compute
        self._cached: tuple[Checks, Value] | None = None

    def of(self, checks: Checks) -> Value:
        """Return the value for `checks`, which may not be changed afterwards."""
        cached = self._cached
        if cached is None or cached[0] is not checks:
            cached = self._cached = checks, self._compute(checks)
        return cached[1]
