"""Whether the scheduler lives: it writes its last look, and pages read it. Knows nothing of sweeping."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

KEY = "plumbline:scheduler"
SILENT_SECONDS = 120
"""After so long without a look, the scheduler counts as stopped."""


def beat() -> None:
    """Note that the scheduler looks now."""
    cache.set(KEY, timezone.now(), SILENT_SECONDS)


def last_look() -> datetime | None:
    """Return when the scheduler last looked; None where it has stopped."""
    seen: datetime | None = cache.get(KEY)
    return seen
