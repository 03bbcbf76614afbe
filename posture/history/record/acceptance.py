"""Which findings people set aside; an acceptance ends by itself on its date."""

from __future__ import annotations

from datetime import datetime

from posture.history.models import FindingNote, Triage


def set_aside(account_pk: int) -> set[int]:
    """Return the ids of the findings that leave the score."""
    aside = Triage.objects.filter(account=account_pk, state__in=Triage.SET_ASIDE)
    return set(aside.values_list("finding_id", flat=True))


def expire(account_pk: int, at: datetime) -> int:
    """End the acceptances that have run out by `at`; return how many."""
    over = Triage.objects.filter(account=account_pk, state=Triage.State.ACCEPTED, expires_at__lte=at)
    ended = list(over.values_list("finding_id", "expires_at"))
    if not ended:
        return 0
    over.update(state=Triage.State.OPEN, reason="", expires_at=None, decided_by=None, decided_at=at)
    FindingNote.objects.bulk_create(
        FindingNote(
            finding_id=finding_id,
            account_id=account_pk,
            at=at,
            kind=FindingNote.Kind.EXPIRED,
            text=f"The risk was accepted until {expires_at:%Y-%m-%d}; the finding counts again.",
        )
        for finding_id, expires_at in ended
    )
    return len(ended)
