"""Which findings people set aside; an acceptance ends by itself on its date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from posture.history.ingest.bulk import fetch
from posture.history.models import FindingNote, Triage


def set_aside(account_pk: int) -> set[int]:
    """Return the ids of the findings that leave the score."""
    rows = fetch(
        "SELECT finding_id FROM history_triage WHERE account_id = %s AND state = ANY(%s)",
        [account_pk, [state.value for state in Triage.SET_ASIDE]],
    )
    return {number for (number,) in rows}


Decided = Mapping[int, datetime | None]
"""When the decision ends, if it does, by id of a finding that people set aside."""


def loading(account_pk: int) -> tuple[str, list[Any]]:
    """Return the query whose rows `loaded` reads."""
    return _LOADING, [[state.value for state in Triage.SET_ASIDE], account_pk]


_LOADING = """
SELECT a.left_at, t.finding_id, t.expires_at
FROM accounts_awsaccount a LEFT JOIN history_triage t ON t.account_id = a.id AND t.state = ANY(%s)
WHERE a.id = %s
"""


def loaded(rows: Sequence[tuple[Any, ...]]) -> tuple[datetime | None, Decided]:
    """Return when an account left, if it did, and what people set aside in it."""
    return rows[0][0], {number: expires_at for _, number, expires_at in rows if number is not None}


def settle(account_pk: int, at: datetime, decided: Decided) -> tuple[set[int], bool]:
    """End the acceptances that have run out by `at`.

    Return the ids of the findings that leave the score from then on, and whether any acceptance has ended.
    """
    ended = [(number, end) for number, end in decided.items() if end is not None and end <= at]
    if ended:
        _end(account_pk, at, ended)
    return set(decided) - {number for number, _ in ended}, bool(ended)


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
