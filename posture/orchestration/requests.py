"""Asks for a sweep, and cancels one.

The rows written here are the truth; the queue only carries them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

import django_rq
from django.db import IntegrityError, transaction
from django.db.models import DurationField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import AwsAccount, Organization, User
from posture.history.models import AccountSweep, Snapshot
from posture.history.upkeep.finish import finish_snapshot

logger = logging.getLogger(__name__)

QUEUE = "sweeps"
"""Apart from short jobs, for which people wait: workers look at `default` first."""
JOB = "posture.jobs.sweep_account"
UNLIMITED = -1
"""A job may go on with other accounts; each account has its own time limit."""

State = AccountSweep.State


class SweepRunningError(Exception):
    """The organization is being swept already; `snapshot` says which sweep."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(f"A sweep of {snapshot.organization} is running since {snapshot.started_at:%Y-%m-%d %H:%M}.")
        self.snapshot = snapshot


class NothingToSweepError(Exception):
    """None of the accounts can be swept; the message says why."""


def request_sweep(
    organization: Organization,
    *,
    trigger: str,
    as_of: datetime | None = None,
    accounts: Iterable[AwsAccount] | None = None,
    by: User | None = None,
    title: str = "",
) -> Snapshot:
    """Request a sweep of an organization or some of its accounts; return its snapshot.

    Raises `SweepRunningError` where one runs, and `NothingToSweepError` where there is nothing to ask.
    Accounts that are not active are written down as not swept, and never asked.
    """
    chosen = list(organization.accounts.filter(left_at=None) if accounts is None else accounts)
    if not any(account.is_swept for account in chosen):
        raise NothingToSweepError(f"{organization} has no active account that is known: discover its accounts first.")
    try:
        with transaction.atomic():
            snapshot = Snapshot.objects.create(
                organization=organization,
                as_of=as_of or timezone.now(),
                trigger=trigger,
                requested_by=by,
                title=title,
            )
            AccountSweep.objects.bulk_create(_part(snapshot, account) for account in chosen)
            transaction.on_commit(partial(enqueue_waiting, snapshot))
    except IntegrityError:
        running = Snapshot.objects.filter(organization=organization, state=Snapshot.State.RUNNING).first()
        if running is None:
            raise
        raise SweepRunningError(running) from None
    return snapshot


def _part(snapshot: Snapshot, account: AwsAccount) -> AccountSweep:
    if account.is_swept:
        return AccountSweep(snapshot=snapshot, account=account)
    return AccountSweep(snapshot=snapshot, account=account, state=State.SKIPPED, reason=_skip_reason(account))


def _skip_reason(account: AwsAccount) -> str:
    state = "has left the organization" if account.left_at else f"is {account.get_state_display().lower()}"
    return f"Not swept, since it {state}; resources may remain in it."


def withdraw(account: AwsAccount) -> None:
    """Take an account that is not swept any more out of the sweep that runs.

    It is not asked, and nothing recorded.

    A worker that asks it meanwhile sees that its claim is lost.
    """
    open_parts = AccountSweep.objects.filter(account=account, state__in=[State.QUEUED, State.RUNNING])
    open_parts.update(state=State.SKIPPED, reason=_skip_reason(account), ended_at=timezone.now())


def enqueue_waiting(snapshot: Snapshot) -> None:
    """Enqueue every waiting account of a snapshot, longest before first.

    A queue that does not answer loses nothing: the scheduler puts the accounts there later.
    """
    try:
        enqueue(list(waiting_parts(snapshot.pk)))
    except RedisError:
        logger.warning("the queue does not answer: %s waits until it does", snapshot, exc_info=True)


def waiting_parts(snapshot_id: int) -> QuerySet[AccountSweep]:
    """Return waiting parts, those first that took longest in their last sweep."""
    before = (
        AccountSweep.objects.filter(account=OuterRef("account"), state=State.DONE)
        .order_by("-pk")
        .values(took=ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField()))[:1]
    )
    return (
        AccountSweep.objects.filter(
            due_filter(), snapshot=snapshot_id, state=State.QUEUED, snapshot__state=Snapshot.State.RUNNING
        )
        .annotate(took=Subquery(before))
        .order_by(F("took").desc(nulls_first=True), "pk")
    )


def due_filter() -> Q:
    """Narrow waiting parts to those that do not wait to be tried again later."""
    return Q(retry_at=None) | Q(retry_at__lte=timezone.now())


def enqueue(sweeps: Sequence[AccountSweep]) -> None:
    """Put accounts on the queue; raises `RedisError`.

    Twice is harmless, since a job claims its row first.
    """
    queue = django_rq.get_queue(QUEUE)
    jobs = [
        queue.prepare_data(
            JOB,
            args=(sweep.pk,),
            job_id=job_id(sweep),
            timeout=UNLIMITED,
            result_ttl=0,
            failure_ttl=86_400,
            description=f"Sweep of account {sweep.account_id} in snapshot {sweep.snapshot_id}",
        )
        for sweep in sweeps
    ]
    queue.enqueue_many(jobs)


def job_id(sweep: AccountSweep) -> str:
    """Return the queue's name for one attempt at an account."""
    return f"account-sweep-{sweep.pk}-{sweep.attempt}"


def cancel(snapshot: Snapshot) -> bool:
    """Cancel a sweep; False where it had ended.

    What was recorded stays; accounts being asked stop soon.
    """
    now = timezone.now()
    with transaction.atomic():
        ended = _running(snapshot).update(state=Snapshot.State.CANCELLED, ended_at=now)
        if not ended:
            return False
        open_parts = AccountSweep.objects.filter(snapshot=snapshot, state__in=[State.QUEUED, State.RUNNING])
        open_parts.update(state=State.CANCELLED, reason="The sweep was cancelled.", ended_at=now)
    # What was recorded before counts, and is rolled up as any other.
    finish_snapshot(snapshot)
    return True


def _running(snapshot: Snapshot) -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(pk=snapshot.pk, state=Snapshot.State.RUNNING)
