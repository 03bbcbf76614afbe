"""What is wrong with our own sight: late sweeps, stopped workers, accounts that refuse us.

The strip under the top bar says it on every page, and says nothing when all is well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import django_rq
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError
from rq import Worker
from rq.worker import BaseWorker

from accounts.models import Organization
from posture.history import read
from posture.history.models import AccountSweep, Snapshot
from posture.history.scope import Scope
from posture.sweeping import heartbeat
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import age, plural

LATE = 1.5
"""Intervals after which a sweep that did not come is late."""
WORKERS_KEY = "plumbline:web:workers"
WORKERS_SECONDS = 15
NAMED = 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """One sentence on what we cannot see, why, and where to mend it."""

    kind: str
    text: str
    url: str = ""


def troubles(request: HttpRequest, scope: Scope) -> list[Trouble]:
    """Return what is wrong with our sight of the scope now; empty when nothing is."""
    return [*_queue_troubles(scope), *_sweep_troubles(request, scope)]


def _queue_troubles(scope: Scope) -> Iterator[Trouble]:
    workers = working()
    if workers is None:
        yield Trouble("queue", "The queue does not answer: no sweep can start. Check that Valkey or Redis is running.")
    elif workers == 0:
        yield Trouble("worker", "No worker is running: sweeps wait until one is started.")
    if workers is not None and scope.organization and _swept_by_the_clock(scope.organization) and not _is_scheduled():
        yield Trouble("scheduler", "The scheduler has stopped: no sweep starts by itself until it runs again.")


def working() -> int | None:
    """Return how many workers are alive, or None where the queue does not answer; looked at every 15 s."""
    try:
        known: int | None = cache.get(WORKERS_KEY)
        if known is None:
            known = sum(1 for worker in Worker.all(connection=django_rq.get_connection()) if _is_alive(worker))
            cache.set(WORKERS_KEY, known, WORKERS_SECONDS)
    except RedisError:
        return None
    return known


def _is_scheduled() -> bool:
    try:
        return heartbeat.last_look() is not None
    except RedisError:
        return False


def _swept_by_the_clock(organization: Organization) -> bool:
    is_connected = organization.state == Organization.State.CONNECTED
    return bool(organization.sweep_every_hours) and is_connected and not organization.is_simulated


def _is_alive(worker: BaseWorker) -> bool:
    beat = worker.last_heartbeat
    return beat is not None and timezone.now() - beat <= timedelta(seconds=worker.worker_ttl)


def _sweep_troubles(request: HttpRequest, scope: Scope) -> Iterator[Trouble]:
    organization = scope.organization
    if organization is None:
        return
    last = read.snapshots(scope).filter(state=Snapshot.State.COMPLETE).order_by("-as_of").first()
    if last is None:
        return
    if is_late(organization, last):
        due = organization.sweep_every_hours
        text = f"The last sweep ended {age(last.ended_at)} ago, and one is due every {plural(due, 'hour')}."
        yield Trouble("late", text, url_in_scope(request, "sweeping:list"))
    refused = read.account_sweeps(scope, last).filter(state__in=[AccountSweep.State.REFUSED, AccountSweep.State.FAILED])
    if names := _names(refused):
        detail = url_in_scope(request, "sweeping:detail", {"pk": last.pk})
        yield Trouble("refused", f"{names} at the last sweep: what is shown of them is older.", detail)


def is_late(organization: Organization, last: Snapshot) -> bool:
    """Tell whether the sweep after `last` should have been here; simulated time is never late."""
    if not _swept_by_the_clock(organization) or last.ended_at is None:
        return False
    return timezone.now() - last.ended_at > timedelta(hours=organization.sweep_every_hours * LATE)


def _names(refused: QuerySet[AccountSweep]) -> str:
    accounts = list(refused.order_by("account__name").values_list("account__name", flat=True))
    if not accounts:
        return ""
    named = ", ".join(accounts[:NAMED])
    more = f" and {len(accounts) - NAMED} more" if len(accounts) > NAMED else ""
    return f"{plural(len(accounts), 'account')} could not be read ({named}{more})"
