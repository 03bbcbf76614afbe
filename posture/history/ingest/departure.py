"""Closes the history of an account that left its organization; nothing is deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import AwsAccount, Organization
from posture.history.ingest import check_count_rows, coverage, findings, resources, rollups, stored_state
from posture.history.ingest.account import lock
from posture.history.models import AccountState, FieldGap, GapRecord, ScopePoint, Snapshot
from posture.history.partitions import ensure_month

REASON = "account_left"


def close_left_account(account: AwsAccount, at: datetime) -> None:
    """Close everything that is current in an account at `at`.

    Calling it twice changes nothing.

    Where the account was recorded later than `at`, everything closes right after that record.
    """
    with transaction.atomic():
        last = lock(account.pk).last_at
        at = max(at, last + timedelta(microseconds=1)) if last else at
        known, _ = stored_state.load_resources(account.pk)
        counts = check_count_rows.load(account.pk)
        gaps = GapRecord.objects.filter(account=account, closed_at=None)
        if not known and not counts and not gaps.exists():
            return
        ensure_month(at)
        open_now = findings.load(account.pk)
        resources.remove(at, [each.id for each in known.values()], REASON)
        findings.close(at, {finding.id: REASON for finding in open_now.values()})
        gaps.update(closed_at=at)
        FieldGap.objects.filter(account=account, valid_to=None).update(valid_to=at)
        check_count_rows.close(account.pk, at, list(counts))
        resolved = sum(finding.status == "fail" for finding in open_now.values())
        point = rollups.account_point(account.pk, at, [], rollups.ResourceTotals(0, 0, 0), resolved=resolved)
        rollups.add(point, rollups.latest(account.pk))
        rollups.add_practices(account.pk, at, [])
        coverage.leave(account.pk, at)
        AccountState.objects.filter(pk=account.pk).update(
            last_at=at, digest=b"", settled=False, types=None, full_read_at=None
        )
        _roll_up_again(account.organization, at)


def _roll_up_again(organization: Organization, at: datetime) -> None:
    """Write those roll-ups again that counted an account after it had left."""
    from posture.history.upkeep.finish import roll_up  # it imports queries, which import this package

    rolled_up = ScopePoint.objects.filter(organization=organization, unit=None, at__gte=at).order_by("at")
    for as_of in rolled_up.values_list("at", flat=True):
        roll_up(Snapshot(organization=organization, as_of=as_of))
