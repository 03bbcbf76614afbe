"""Whether the scheduler lives: it writes its last look, and pages read it. Knows nothing of sweeping."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

KEY = "plumbline:scheduler"
SILENT_SECONDS = 120
"""After so long without a look, the scheduler counts as stopped."""
KEPT_SECONDS = 90 * 86_400
"""For so long it can be said since when it has stopped."""


def beat() -> None:
    """Note that the scheduler looks now."""
    cache.set(KEY, timezone.now(), KEPT_SECONDS)


def last_look() -> datetime | None:
    """Return when the scheduler last looked; None where it never did, as far as is remembered."""
    seen: datetime | None = cache.get(KEY)
    return seen


def is_alive() -> bool:
    """Tell whether the scheduler looks."""
    seen = last_look()
    return seen is not None and timezone.now() - seen <= timedelta(seconds=SILENT_SECONDS)
