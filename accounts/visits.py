"""Record when a person last visited, so that pages can show what is new to them."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import Organization, User, Visit

NEW_VISIT_AFTER = timedelta(hours=4)
"""Without a look for so long, the next one begins another visit."""
WRITE_INTERVAL = timedelta(minutes=5)
"""How often the looks of one visit are written down."""


def record_visit(user: User, organization: Organization, now: datetime) -> datetime | None:
    """Record a look and return when the visit before ended.

    None in a person's first visit.
    """
    visit, is_new = Visit.objects.get_or_create(user=user, organization=organization, defaults={"seen_at": now})
    if is_new:
        return None
    if now - visit.seen_at >= NEW_VISIT_AFTER:
        visit.previous_at = visit.seen_at
        visit.seen_at = now
        visit.save(update_fields=["previous_at", "seen_at"])
    elif now - visit.seen_at >= WRITE_INTERVAL:
        visit.seen_at = now
        visit.save(update_fields=["seen_at"])
    return visit.previous_at
