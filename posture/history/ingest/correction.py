"""Corrects an account's standing figures after people set findings aside between sweeps.

Nothing was swept, so nothing gets a date of its own: the figures change as of the last sweep.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from posture.core import bridge
from posture.core.bridge import Cause, Split
from posture.core.score import Tally
from posture.history.ingest import acceptance, check_counts, findings, rollups
from posture.history.models import AccountPoint, AccountState, StoredCheckCounts
from posture.history.partitions import ensure_month


def correct(account_pk: int, check_id: str) -> None:
    """Count one check's findings again, and what follows from them; the account must be locked."""
    at = AccountState.objects.get(pk=account_pk).last_at
    before = check_counts.load(account_pk)
    if at is None or check_id not in before:
        return
    tally, version = before[check_id]
    after = before | {check_id: (_counted(account_pk, tally), version)}
    if StoredCheckCounts.objects.filter(account=account_pk, check_id=check_id, valid_from=at).exists():
        check_counts.overwrite(account_pk, after[check_id][0])
    else:
        ensure_month(at)
        check_counts.write(account_pk, at, before, after)
    standing = [each for each, _ in after.values()]
    why = bridge.whole(
        {name: each for name, (each, _) in before.items()}, {each.check_id: each for each in standing}, Cause.DECIDED
    )
    _correct_point(account_pk, at, standing, why)
    rollups.add_practices(account_pk, at, standing)


def _counted(account_pk: int, tally: Tally) -> Tally:
    aside = acceptance.set_aside(account_pk)
    counts = Counter(
        "accepted" if finding.id in aside else "stale" if finding.stale_since else "failed"
        for (_, check_id), finding in findings.load(account_pk).items()
        if check_id == tally.check_id and finding.status == "fail"
    )
    return tally._replace(accepted=counts["accepted"], stale=counts["stale"], failed=counts["failed"])


def _correct_point(account_pk: int, at: datetime, standing: list[Tally], why: Split) -> None:
    last = rollups.latest(account_pk)
    if last is None:
        return
    estate = rollups.Estate(last.resources, last.unseen, last.empty_gaps)
    if last.at == at:
        fresh = rollups.account_point(account_pk, at, standing, estate)
        fresh.causes = rollups.summed_causes(last, fresh, why)
        AccountPoint.objects.filter(pk=last.pk).update(**{name: getattr(fresh, name) for name in rollups.LEVELS})
    else:
        rollups.add(rollups.account_point(account_pk, at, standing, estate), last, why)
