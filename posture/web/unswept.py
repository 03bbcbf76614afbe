"""Accounts that are not swept, for the pages that list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import AwsAccount


@dataclass(frozen=True, slots=True)
class UnsweptAccount:
    """An account that is suspended, closed or pending, or that has left.

    Figures are as last seen.
    """

    account: AwsAccount
    words: str
    """Its state, and since when."""
    remedy: str
    """What can be done from the management account."""
    critical: int | None = None
    high: int | None = None
    last_swept: datetime | None = None
