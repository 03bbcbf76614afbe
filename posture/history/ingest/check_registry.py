"""What follows from the declared checks alone: worked out once, and not for every account of every sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from posture.core.check import Check

Checks = Mapping[str, Check]
Made = TypeVar("Made")


class Once(Generic[Made]):
    """Makes something of the checks when it is asked for, and keeps it for as long as these are the checks."""

    def __init__(self, make: Callable[[Checks], Made]) -> None:
        self._make = make
        self._known: tuple[Checks, Made] | None = None

    def of(self, checks: Checks) -> Made:
        """Return what was made of `checks`; they may not be changed afterwards."""
        known = self._known
        if known is None or known[0] is not checks:
            known = self._known = checks, self._make(checks)
        return known[1]
