"""Whether the scheduler lives: it writes its last look, and pages read it. Knows nothing of sweeping."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

KEY = "plumbline:scheduler"
SILENCE_KEY = "plumbline:scheduler:silence"
SILENT_SECONDS = 120
"""After so long without a look, the scheduler counts as stopped."""
KEPT_SECONDS = 90 * 86_400
"""For so long it can be said since when it has stopped."""


def beat() -> None:
    """Note that the scheduler looks now, and from when to when it did not."""
    now, seen = timezone.now(), last_look()
    if seen is not None and _is_silent(seen, now):
        cache.set(SILENCE_KEY, (seen, now), KEPT_SECONDS)
    cache.set(KEY, now, KEPT_SECONDS)


def last_silence() -> tuple[datetime, datetime] | None:
    """Return from when to when no scheduler looked, the last time; None where none is remembered."""
    found: tuple[datetime, datetime] | None = cache.get(SILENCE_KEY)
    return found


def last_look() -> datetime | None:
    """Return when the scheduler last looked; None where it never did, as far as is remembered."""
    seen: datetime | None = cache.get(KEY)
    return seen


def is_alive() -> bool:
    """Tell whether the scheduler looks."""
    seen = last_look()
    return seen is not None and not _is_silent(seen, timezone.now())


def _is_silent(seen: datetime, now: datetime) -> bool:
    return now - seen > timedelta(seconds=SILENT_SECONDS)
