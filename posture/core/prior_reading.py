"""The last full reading, for sweeps that do not read every type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from posture.core.resource import Resource

Listing = tuple[str, str]
"""A resource type, and the region in which it was listed: `gap.ANY` for types that are listed once in an account."""


@dataclass(frozen=True, slots=True)
class PriorReading:
    """Listings that need not be asked again, with what they returned.

    Only of whole readings: none that failed, or in which a field was refused or a resource missed.
    """

    read_at: datetime
    listings: Mapping[Listing, Sequence[Resource]]
    """A listing that returned nothing is in it as well; one that is not in it has to be asked."""
