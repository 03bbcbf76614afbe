"""The scheduler: enqueues what is due and recovers what was abandoned.

Never asks AWS itself, but puts jobs on the queue.

Several schedulers may run: each step claims what it does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import django_rq
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Organization
from posture.history.models import Snapshot
from posture.history.upkeep import warm_up
from posture.manifests.uploads import drop_old_previews
from posture.orchestration import account_work, heartbeat
from posture.orchestration.requests import UNLIMITED
from posture.web.templatetags.words import moment, plural

logger = logging.getLogger(__name__)

DISCOVERY_SECONDS = 3600
DIGEST_SECONDS = 120
FORGET_SECONDS = 86_400
PREVIEW_SECONDS = 3600
PAST_SECONDS = 300
AHEAD_SECONDS = 1800
"""For so long pages that were asked to be looked at ahead are not asked for again: that takes minutes."""
REQUEST_SECONDS = 600
"""For so long a sweep that was put on the queue is not put there again."""


class Scheduler:
    """One look at a time, each step by itself.

    A database that restarts costs one look, not the scheduler.
    """

    def look(self) -> None:
        """Do everything that is to be done now."""
        for step in (
            self.beat,
            self.recover,
            self.start_due,
            self.find_accounts,
            self.send_digests,
            self.drop_old_months,
            self.drop_old_previews,
            self.warm_up_past,
            self.warm_up_pages,
        ):
            self._safely(step)

    def _safely(self, step: Callable[[], None]) -> None:
        try:
            close_old_connections()
            step()
        except (DatabaseError, RedisError):
            logger.warning("the scheduler could not %s; it tries again", step.__name__, exc_info=True)

    def beat(self) -> None:
        """Let pages know that the scheduler lives."""
        heartbeat.record_scheduler()

    def recover(self) -> None:
        """Take up what dead workers and lost jobs left."""
        count = account_work.recover()
        if count:
            logger.info("took up %s accounts again", count)

    def start_due(self) -> None:
        """Put sweeps on the queue whose time has come."""
        for organization in scheduled_organizations():
            if is_due(organization, timezone.now()) and _claim_turn(f"due:{organization.pk}", REQUEST_SECONDS):
                logger.info("a sweep of %s is due", organization)
                enqueue_once("scheduled_sweep", organization.pk)

    def find_accounts(self) -> None:
        """Look for accounts that joined since, between sweeps."""
        for organization in scheduled_organizations():
            if _claim_turn(f"discovery:{organization.pk}", DISCOVERY_SECONDS):
                enqueue_once("discover", organization.pk)

    def send_digests(self) -> None:
        """Enqueue the drift digests, where a mail server is configured."""
        if settings.EMAIL_HOST and _claim_turn("digests", DIGEST_SECONDS):
            enqueue_once("send_digests")

    def drop_old_months(self) -> None:
        """Put on the queue, once a day, what drops the months that need not be kept."""
        if settings.HISTORY_MONTHS and _claim_turn("drop_old_months", FORGET_SECONDS):
            enqueue_once("drop_old_months")

    def drop_old_previews(self) -> None:
        """Drop previews of manifests that nobody recorded."""
        if _claim_turn("drop_old_previews", PREVIEW_SECONDS):
            drop_old_previews(timezone.now())

    def warm_up_past(self) -> None:
        """Enqueue the warm-up of months that are not cached, as after an upgrade."""
        for organization in Organization.objects.all():
            if _claim_turn(f"past:{organization.pk}", PAST_SECONDS) and lacks_past(organization):
                enqueue_warm_up_past(organization)

    def warm_up_pages(self) -> None:
        """Enqueue the warm-up of pages whose cached data is lost, as after an upgrade."""
        for organization in Organization.objects.all():
            running = organization.snapshots.filter(state=Snapshot.State.RUNNING)
            is_lost = warm_up.lacks_present(organization) and not running.exists()
            if is_lost and _claim_turn(f"ahead:{organization.pk}", AHEAD_SECONDS):
                enqueue_once("warm_up_pages", organization.pk, timeout=UNLIMITED)


def lacks_past(organization: Organization) -> bool:
    """Return whether months of the past are still to be cached.

    While a sweep runs it is left to what follows the sweep.
    """
    return not organization.snapshots.filter(state=Snapshot.State.RUNNING).exists() and warm_up.lacks_past(organization)


def enqueue_warm_up_past(organization: Organization) -> None:
    """Put on the queue what keeps a piece of the past.

    On a slow machine it takes minutes.
    """
    enqueue_once("warm_up_past", organization.pk, timeout=UNLIMITED)


def scheduled_organizations() -> list[Organization]:
    """Return the organizations that the scheduler looks after.

    No simulated one whose story still runs.
    """
    every = Organization.objects.filter(state=Organization.State.CONNECTED)
    return list(every.exclude(is_simulated=True, sweep_every_hours=0))


def is_due(organization: Organization, now: datetime) -> bool:
    """Return whether an organization's next sweep should begin."""
    if not organization.sweep_every_hours:
        return False
    last = _last(organization)
    if last is None:
        # The first sweep is asked for when the organization is connected.
        return now - organization.created_at > _interval(organization)
    return last.state != Snapshot.State.RUNNING and now - last.started_at >= _interval(organization)


def describe_missed(organization: Organization) -> str:
    """Describe the sweeps missed while no scheduler ran; "" if none.

    The text is the title of the sweep that is due now and makes up for them.
    """
    silence, last = heartbeat.last_silence(), _last(organization)
    if silence is None or not organization.sweep_every_hours:
        return ""
    since, until = silence
    began, interval = last.started_at if last else organization.created_at, _interval(organization)
    # The first and the last slot after the last sweep in which no scheduler ran.
    first, latest = max(1, -((began - since) // interval)), (until - began) // interval
    if latest < first:
        return ""
    missed = plural(latest - first + 1, "sweep")
    return f"Makes up for {missed} missed from {moment(began + first * interval)} on: no scheduler ran"


def _last(organization: Organization) -> Snapshot | None:
    return organization.snapshots.order_by("-started_at").first()


def _interval(organization: Organization) -> timedelta:
    return timedelta(hours=organization.sweep_every_hours)


def enqueue_once(job: str, *arguments: int, timeout: int | None = None) -> None:
    """Put a job on the queue, unless it waits there.

    While no worker runs, the queue must not fill.

    `timeout` is in seconds, as RQ takes it.
    """
    queue, function = django_rq.get_queue(), f"posture.jobs.{job}"
    if not any(waiting.func_name == function and waiting.args == arguments for waiting in queue.get_jobs()):
        queue.enqueue(function, *arguments, job_timeout=timeout)


def _claim_turn(name: str, seconds: int) -> bool:
    """Claim a turn; return False if anybody claimed one in the last `seconds`."""
    return bool(cache.add(f"plumbline:scheduler:{name}", value=True, timeout=seconds))
