"""Records objects of Kubernetes that somebody uploaded, between sweeps.

An upload is a result that asks about its own source alone: what sweeps found, and what other sources have, stays as
it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from accounts.models import AwsAccount
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.history.ingest.account import Recorded, lock, record_result
from posture.history.models import AccountSweep, Snapshot
from posture.history.partitions import ensure_month
from posture.kubernetes.objects import kept_types

State = AccountSweep.State


def record_manifests(account: AwsAccount, home: str, objects: Sequence[Resource]) -> Recorded:
    """Record all objects of an uploaded source, as of now; none closes the source.

    `home` is how the ARNs of its objects begin (`posture.kubernetes.objects.Upload`). Raises ValueError for others.
    """
    _refuse_others(home, account.account_id, objects)
    ensure_month(timezone.now())
    with transaction.atomic():
        at = _choose_date(account, lock(account.pk).last_at)
        result = AccountResult(
            account_id=account.account_id,
            now=at,
            regions=(),
            swept_types=sorted(kept_types()),
            resources=objects,
            gaps=(),
            judgements=(),
            is_judged=False,
            source=f"{home}/",
        )
        return record_result(account, at, result)


def _refuse_others(home: str, account_id: str, objects: Collection[Resource]) -> None:
    for one in objects:
        if not one.arn.startswith(f"{home}/") or one.account_id != account_id:
            raise ValueError(f"{one.arn} is not of the upload {home}")


def _choose_date(account: AwsAccount, last_at: datetime | None) -> datetime:
    """Return now, or a moment before a sweep that has begun already.

    The result of the sweep would else be older, and dropped.
    """
    now = timezone.now()
    begun = AccountSweep.objects.filter(
        account=account, state__in=[State.QUEUED, State.RUNNING], snapshot__state=Snapshot.State.RUNNING
    ).aggregate(at=Min("snapshot__as_of"))["at"]
    if begun is None or now < begun:
        return now
    if last_at is None or last_at >= begun:
        return begun - timedelta(seconds=1) if last_at is None else now
    between: datetime = last_at + (begun - last_at) / 2
    return between
