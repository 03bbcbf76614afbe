"""Which findings people set aside; an acceptance ends by itself on its date."""

from __future__ import annotations

from collections.abc import Sequence
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


def settle(account_pk: int, at: datetime) -> tuple[set[int], bool]:
    """End the acceptances that have run out by `at`.

    Return the ids of the findings that leave the score from then on, and whether any acceptance has ended.
    """
    rows = fetch(
        "SELECT finding_id, expires_at FROM history_triage WHERE account_id = %s AND state = ANY(%s)",
        [account_pk, [state.value for state in Triage.SET_ASIDE]],
    )
    ended = [(number, expires_at) for number, expires_at in rows if expires_at is not None and expires_at <= at]
    if ended:
        _end(account_pk, at, ended)
    return {number for number, _ in rows} - {number for number, _ in ended}, bool(ended)


def _end(account_pk: int, at: datetime, ended: Sequence[tuple[int, datetime]]) -> None:
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
