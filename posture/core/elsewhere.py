"""What other accounts of the organization have, as of their last sweeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Which of some resources other accounts had when they were last swept."""

    accounts: Mapping[str, str]
    """The account that has a resource, by the name that was asked for."""
    is_complete: bool
    """Whether all that the other accounts have was seen, so that what is not here is nowhere."""


LookUp = Callable[[str, frozenset[str], str], Elsewhere]
"""Returns who has resources of a type, by their names, in a region: `""` for any."""
