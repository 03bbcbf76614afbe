"""Applies people's decisions about findings to the stored figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from posture.core import attribution
from posture.core.attribution import Cause, Split
from posture.core.score import Tally
from posture.history.ingest import check_count_rows, findings, rollups
from posture.history.ingest.bulk import fetch
from posture.history.ingest.pipeline import Statement
from posture.history.models import AccountPoint, AccountState, FindingNote, StoredCheckCounts, Triage
from posture.history.partitions import ensure_month

SetAside = Mapping[int, datetime | None]
"""Ids of findings that people set aside, with the date on which the decision ends, if it does."""

_LOAD = """
SELECT a.left_at, t.finding_id, t.expires_at
FROM accounts_awsaccount a LEFT JOIN history_triage t ON t.account_id = a.id AND t.state = ANY(%s)
WHERE a.id = %s
"""


def query(account_pk: int) -> Statement:
    """Return the query whose rows `as_set_aside` takes."""
    return _LOAD, [[state.value for state in Triage.SET_ASIDE], account_pk]


def as_set_aside(rows: Sequence[tuple[Any, ...]]) -> tuple[datetime | None, SetAside]:
    """Return when an account left, if it did, and its findings that are set aside."""
    return rows[0][0], {number: expires_at for _, number, expires_at in rows if number is not None}


def expire(account_pk: int, at: datetime, decided: SetAside) -> tuple[set[int], bool]:
    """End the acceptances that have expired by `at`.

    Return the ids of the findings that stay out of the score, and whether any acceptance has ended.
    """
    ended = {number: end for number, end in decided.items() if end is not None and end <= at}
    if ended:
        over = Triage.objects.filter(pk__in=ended)
        over.update(state=Triage.State.OPEN, reason="", expires_at=None, decided_by=None, decided_at=at)
        FindingNote.objects.bulk_create(
            FindingNote(
                finding_id=number,
                account_id=account_pk,
                at=at,
                kind=FindingNote.Kind.EXPIRED,
                text=f"The risk was accepted until {end:%Y-%m-%d}; the finding counts again.",
            )
            for number, end in ended.items()
        )
    return decided.keys() - ended.keys(), bool(ended)


def correct(account_pk: int, check_id: str) -> None:
    """Count one check's findings again after a decision.

    The figures that follow from the counts are corrected too. The account must be locked.

    Nothing was swept, so nothing gets a date of its own: the figures change as of the last sweep.
    """
    at = AccountState.objects.get(pk=account_pk).last_at
    before = check_count_rows.load(account_pk)
    if at is None or check_id not in before:
        return
    tally, version = before[check_id]
    after = {**before, check_id: (_count(account_pk, tally), version)}
    if StoredCheckCounts.objects.filter(account=account_pk, check_id=check_id, valid_from=at).exists():
        check_count_rows.overwrite(account_pk, after[check_id][0])
    elif after != before:
        ensure_month(at)
        check_count_rows.write(account_pk, at, before, after, [check_id])
    counts = [each for each, _ in after.values()]
    causes = attribution.whole(
        {name: each for name, (each, _) in before.items()}, {each.check_id: each for each in counts}, Cause.DECIDED
    )
    _correct_point(account_pk, at, counts, causes)
    rollups.add_practices(account_pk, at, counts)


def _count(account_pk: int, tally: Tally) -> Tally:
    _, set_aside = as_set_aside(fetch(*query(account_pk)))
    counts = Counter(
        "accepted" if finding.id in set_aside else "stale" if finding.stale_since else "failed"
        for (_, check_id), finding in findings.load(account_pk).items()
        if check_id == tally.check_id and finding.status == "fail"
    )
    return tally._replace(accepted=counts["accepted"], stale=counts["stale"], failed=counts["failed"])


def _correct_point(account_pk: int, at: datetime, counts: list[Tally], causes: Split) -> None:
    last = rollups.latest(account_pk)
    if last is None:
        return
    totals = rollups.ResourceTotals(last.resources, last.unseen, last.empty_gaps)
    point = rollups.account_point(account_pk, at, counts, totals)
    if last.at == at:
        point.causes = rollups.sum_causes(last, point, causes)
        levels = {name: getattr(point, name) for name in rollups.LEVELS}
        AccountPoint.objects.filter(pk=last.pk).update(**levels)
    else:
        rollups.add(point, last, causes)
