"""Whether a running sweep gets on: when anything in it moved last."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.db.models.functions import Greatest

from posture.history.models import AccountSweep

STALLED_AFTER = timedelta(minutes=5)
"""A sweep in which nothing moves for so long has stalled: a worker that lives beats every few seconds."""

LAST_PROGRESS = Max(Greatest("snapshot__started_at", "started_at", "heartbeat_at", "ended_at"))
"""The last begin, heartbeat or end of an account; PostgreSQL passes over those that have not been."""


def last_progress(parts: QuerySet[AccountSweep]) -> datetime | None:
    """Return when anything moved last in a sweep's parts; None where there are none."""
    at: datetime | None = parts.aggregate(at=LAST_PROGRESS)["at"]
    return at
