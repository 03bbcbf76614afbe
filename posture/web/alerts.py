"""Alerts about Plumbline itself.

Late sweeps, stopped workers, accounts that refuse us.

The strip under the top bar says it on every page, and says nothing when all is well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Organization, User
from posture.core.gap import ANY, GapReason
from posture.history import query
from posture.history.query import AccountSweep, Snapshot
from posture.history.scope import Scope
from posture.orchestration import faults, heartbeat, stalls
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import age, moment, plural

LATE_INTERVALS = 1.5
"""Intervals after which a sweep that did not come is late."""
WORKERS_KEY = "plumbline:web:workers"
WORKERS_SECONDS = 15
WORKER_SEEN_KEY = "plumbline:web:worker-seen"
KEPT_SECONDS = 90 * 86_400
NAMES_MAX = 3
NEARLY_ALL = 0.9
"""The share of an account that could not be seen from which on the strip names it."""
Sweeps = tuple[Snapshot | None, Snapshot | None]
SHARED_CAUSE_MIN, SHARED_CAUSE_SHARE = 3, 0.1
"""How many accounts, and what share of those that are swept, must refuse us together to be shown as one cause."""
OPEN = [AccountSweep.State.QUEUED, AccountSweep.State.RUNNING]


@dataclass(frozen=True, slots=True)
class StatusAlert:
    """What we cannot see, since when and what to do about it, and where to look."""

    kind: str
    text: str
    url: str = ""
    link: str = "See the sweep"


def status_alerts(request: HttpRequest, scope: Scope, sweeps: Sweeps) -> list[StatusAlert]:
    """Return alerts about the sweeps of a scope; empty when all is well.

    `sweeps` are the one that runs and the last complete one, as returned by `query.under_way`.
    """
    return [*_queue_alerts(request, scope), *_sweep_alerts(request, scope, sweeps)]


def _queue_alerts(request: HttpRequest, scope: Scope) -> Iterator[StatusAlert]:
    try:
        fault, workers = faults.last(), _count_workers()
    except RedisError as error:
        words = faults.name(error) or "The queue does not answer: check that Valkey or Redis is running."
        yield StatusAlert("queue", f"{words} No sweep can start.")
        return
    if fault:
        yield StatusAlert("fault", f"{fault.words} A sweep failed for it last on {moment(fault.at)}.")
    if workers == 0:
        yield StatusAlert("worker", _no_worker(request))
    if scope.organization and is_scheduled(scope.organization):
        yield from _scheduler_alert(request)


def _no_worker(request: HttpRequest) -> str:
    seen: datetime | None = cache.get(WORKER_SEEN_KEY)
    since = f" since {moment(seen)}" if seen else ""
    return (
        f"No worker is running{since}: sweeps wait until one is started.{_command(request, 'rqworker default sweeps')}"
    )


def _scheduler_alert(request: HttpRequest) -> Iterator[StatusAlert]:
    try:
        if heartbeat.is_alive():
            return
        seen = heartbeat.scheduler_seen_at()
    except RedisError:
        return
    words = f"has stopped; it looked last on {moment(seen)}" if seen else "is not running"
    text = f"The scheduler {words}: no sweep starts by itself until it runs again.{_command(request, 'schedule')}"
    yield StatusAlert("scheduler", text)


def _command(request: HttpRequest, command: str) -> str:
    """Return the command that starts a process, for admins."""
    user = request.user
    return f" Start it with manage.py {command}." if isinstance(user, User) and user.is_admin else ""


def live_workers() -> int | None:
    """Return how many workers are alive, or None where the queue does not answer.

    Looked at every 15 s.
    """
    try:
        return _count_workers()
    except RedisError:
        return None


def _count_workers() -> int:
    known: int | None = cache.get(WORKERS_KEY)
    if known is None:
        known = heartbeat.count_workers()
        cache.set(WORKERS_KEY, known, WORKERS_SECONDS)
        if known:
            cache.set(WORKER_SEEN_KEY, timezone.now(), KEPT_SECONDS)
    return known


def is_scheduled(organization: Organization) -> bool:
    """Return True if an organization is swept by a schedule."""
    is_connected = organization.state == Organization.State.CONNECTED
    return bool(organization.sweep_every_hours) and is_connected


def _sweep_alerts(request: HttpRequest, scope: Scope, sweeps: Sweeps) -> Iterator[StatusAlert]:
    organization, (running, last) = scope.organization, sweeps
    if organization is None:
        return
    if running is not None:
        yield from _stalled(request, scope, running)
    elif is_late(organization, last):
        yield StatusAlert("late", _late(organization, last), url_in_scope(request, "sweeps:list"), "See the sweeps")
    if last is None:
        return
    refused = _refused(scope, last)
    if names := _names([name for name, _ in refused]):
        detail = url_in_scope(request, "sweeps:detail", {"pk": last.pk})
        yield StatusAlert("refused", f"{names} at the last sweep: what is shown of them is older.", detail)
        if together := _shared_cause(scope):
            yield StatusAlert("refused-at-once", together, url_in_scope(request, "sweeps:gaps"), "See what AWS said")
    yield from _unread_alerts(request, scope, {pk for _, pk in refused})


def _refused(scope: Scope, last: Snapshot) -> list[tuple[str, int]]:
    """Return the accounts that a sweep could not enter, by name."""
    parts = query.account_sweeps(scope, last).filter(state__in=[AccountSweep.State.REFUSED, AccountSweep.State.FAILED])
    return list(parts.order_by("account__name").values_list("account__name", "account_id"))


def _unread_alerts(request: HttpRequest, scope: Scope, refused: AbstractSet[int]) -> Iterator[StatusAlert]:
    """Yield alerts for accounts that show next to nothing and for unread fields."""
    gaps = url_in_scope(request, "sweeps:gaps")
    swept = {account.pk for account in scope.accounts if account.is_swept} - refused
    hidden = [pk for pk, share in query.load_blind_shares(scope).items() if share >= NEARLY_ALL and pk in swept]
    if hidden:
        words = (
            f"Nearly nothing could be read in {_accounts(scope, hidden)}: AWS refused or failed what was asked there."
        )
        yield StatusAlert("hidden", words, gaps, "See what AWS said")
    if unread := query.list_unread_fields(scope):
        yield StatusAlert("unread", _unread(scope, unread), gaps, "See the gaps")


def _unread(scope: Scope, unread: Sequence[query.UnreadField]) -> str:
    most, others = unread[0], len(unread) - 1
    also = f", and {plural(others, 'more action,more actions')} failed as well" if others else ""
    return (
        f"Fields could not be read on {plural(most.resources, 'resource')} in {_accounts(scope, most.accounts)}: "
        f"{most.action} failed with {most.error}{also}."
    )


def _accounts(scope: Scope, pks: Iterable[int]) -> str:
    """Count accounts and name the first of them."""
    names = sorted(scope.by_pk[pk].name for pk in pks)
    return f"{plural(len(names), 'account')} ({_listed(names)})"


def _shared_cause(scope: Scope) -> str:
    """Return a sentence where many accounts began to refuse the role at one sweep.

    That is one cause, and not many.
    """
    refusing: Any = query.gaps(scope).filter(reason=GapReason.ROLE_NOT_ASSUMED, resource_type=ANY).select_related(None)
    grouped = (
        refusing.order_by().values("opened_at", "action", "error").annotate(number=Count("account", distinct=True))
    )
    most = grouped.order_by("-number", "opened_at").first()
    swept = sum(account.is_swept for account in scope.accounts)
    if most is None or most["number"] < max(SHARED_CAUSE_MIN, swept * SHARED_CAUSE_SHARE):
        return ""
    return (
        f"{plural(most['number'], 'account')} refuse the role since one sweep, that of {moment(most['opened_at'])}: "
        f"{most['action']} failed with {most['error']}. Look for one cause: the StackSet was changed or deleted, the "
        "external id was changed on one side only, the workers have another identity, or a policy of the Organization "
        "forbids it."
    )


def _stalled(request: HttpRequest, scope: Scope, running: Snapshot) -> Iterator[StatusAlert]:
    # Of all accounts, whosever they are: a sweep gets on wherever it does.
    moved = stalls.last_progress(AccountSweep.objects.filter(snapshot=running))
    if moved is None or timezone.now() - moved < stalls.STALLED_AFTER:
        return
    waiting = query.account_sweeps(scope, running).filter(state__in=OPEN).count()
    text = (
        f"The sweep that runs has stalled: nothing moved for {age(moved)}, and {plural(waiting, 'account')} "
        f"{'waits' if waiting == 1 else 'wait'}. See that workers run and what their log says, or call the sweep off."
    )
    yield StatusAlert("stalled", text, url_in_scope(request, "sweeps:detail", {"pk": running.pk}))


def is_late(organization: Organization, last: Snapshot | None) -> bool:
    """Return True if the sweep after `last` is overdue."""
    if not is_scheduled(organization):
        return False
    since = (last.ended_at or last.started_at) if last else organization.created_at
    return timezone.now() - since > timedelta(hours=organization.sweep_every_hours * LATE_INTERVALS)


def _late(organization: Organization, last: Snapshot | None) -> str:
    due = f"and one is due every {plural(organization.sweep_every_hours, 'hour')}"
    if last is None:
        return f"No sweep has been completed in the {age(organization.created_at)} since it was connected, {due}."
    return f"The last sweep ended {age(last.ended_at)} ago, on {moment(last.ended_at)}, {due}."


def _names(accounts: Sequence[str]) -> str:
    return f"{plural(len(accounts), 'account')} could not be read ({_listed(accounts)})" if accounts else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    return f"{', '.join(names[:NAMES_MAX])}{more}"
