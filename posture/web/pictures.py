"""A picture as pages show it, with its point as title and its numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture with its point as title, where the noun leads, and the same numbers as a table."""

    title: str
    noun: str
    url: str
    drawing: SafeString
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=list)
    narrow: SafeString | None = None
    """The same picture for a phone, where it does not fit as it is."""
