"""Which findings people set aside; an acceptance ends by itself on its date."""

from __future__ import annotations

from datetime import datetime

from posture.history.models import FindingNote, Triage
from posture.history.record.bulk import fetch


def set_aside(account_pk: int) -> set[int]:
    """Return the ids of the findings that leave the score."""
    rows = fetch(
        "SELECT finding_id FROM history_triage WHERE account_id = %s AND state = ANY(%s)",
        [account_pk, [state.value for state in Triage.SET_ASIDE]],
    )
    return {number for (number,) in rows}


def expire(account_pk: int, at: datetime) -> int:
    """End the acceptances that have run out by `at`; return how many."""
    ended = fetch(
        "SELECT finding_id, expires_at FROM history_triage WHERE account_id = %s AND state = %s AND expires_at <= %s",
        [account_pk, Triage.State.ACCEPTED.value, at],
    )
    if not ended:
        return 0
    over = Triage.objects.filter(pk__in=[number for number, _ in ended])
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
