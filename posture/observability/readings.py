"""The figures behind the metrics, over all organizations.

For those who run the site, and no page of history.

Only counts and ages leave here. Each function makes a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import AwsAccount, Organization
from posture.history.models import AccountSweep, AnyGap, ScopePoint, Snapshot
from posture.orchestration import heartbeat, stalls
from posture.web import alerts

Samples = Iterable[tuple[Sequence[str], float]]

State = AccountSweep.State
VISIBILITY = {
    State.DONE: "seen",
    State.REFUSED: "refused",
    State.FAILED: "failed",
    State.SKIPPED: "not_swept",
    None: "unseen",
}
RECENT_SWEEPS = 5
"""Sweeps of an organization in which an account is looked for; one that is in none of them is unseen."""
SEVERITIES = {"critical": "critical", "high": "high_open", "medium": "medium", "low": "low_open"}


def sweeps() -> Samples:
    """Count sweeps by organization and state."""
    counted = (
        Snapshot.objects.order_by()
        .values_list("organization_id", "organization__name", "state")
        .annotate(n=Count("pk"))
    )
    return [((str(pk), name, state), count) for pk, name, state, count in counted]


def _running() -> Any:
    return AccountSweep.objects.filter(snapshot__state=Snapshot.State.RUNNING).order_by()


def sweep_accounts() -> Samples:
    """Count the accounts of running sweeps by state."""
    counted = (
        _running()
        .values_list("snapshot__organization_id", "snapshot__organization__name", "state")
        .annotate(n=Count("pk"))
    )
    return [((str(pk), name, state), count) for pk, name, state, count in counted]


def idle_seconds() -> Samples:
    """Return the seconds since the last progress of each running sweep."""
    found = (
        _running()
        .values_list("snapshot__organization_id", "snapshot__organization__name")
        .annotate(at=stalls.LAST_PROGRESS)
    )
    return list(_ages(found))


def last_sweep_age() -> Samples:
    """Return the age of each organization's last complete sweep, in seconds."""
    complete = Snapshot.objects.order_by().filter(state=Snapshot.State.COMPLETE, ended_at__isnull=False)
    return list(_ages(complete.values_list("organization_id", "organization__name").annotate(at=Max("ended_at"))))


def _ages(found: Iterable[tuple[int, str, datetime]]) -> Iterator[tuple[Sequence[str], float]]:
    now = timezone.now()
    for pk, name, at in found:
        yield (str(pk), name), max(0.0, (now - at).total_seconds())


def schedule_interval() -> Samples:
    """Return the interval between sweeps of organizations with a schedule."""
    swept = [one for one in Organization.objects.all() if alerts.is_scheduled(one)]
    return [((str(one.pk), one.name), one.sweep_every_hours * 3600) for one in swept]


def accounts() -> Samples:
    """Count accounts by what the last sweeps saw of them."""
    numbered = Snapshot.objects.filter(state=Snapshot.State.COMPLETE).annotate(
        number=Window(RowNumber(), partition_by="organization", order_by=F("as_of").desc())
    )
    recent = list(numbered.filter(number__lte=RECENT_SWEEPS).values_list("pk", flat=True))
    parts = AccountSweep.objects.filter(
        account=OuterRef("pk"), snapshot__in=recent, state__in=list(filter(None, VISIBILITY))
    )
    members: Any = AwsAccount.objects.filter(left_at=None).order_by()
    last = members.annotate(last=Subquery(parts.order_by("-snapshot__as_of").values("state")[:1]))
    counted = last.values_list("organization_id", "organization__name", "last").annotate(n=Count("pk"))
    return [((str(pk), name, VISIBILITY[state and State(state)]), count) for pk, name, state, count in counted]


def gaps() -> Samples:
    """Count the current gaps of listings and of fields by reason."""
    current: Any = AnyGap.objects.filter(valid_to=None, account__left_at=None).order_by()
    of = ("account__organization_id", "account__organization__name")
    counted = current.values_list(*of, "reason", "blinds").annotate(n=Count("pk"))
    return [((str(pk), name, reason, "yes" if blinds else "no"), count) for pk, name, reason, blinds, count in counted]


def open_findings() -> Samples:
    """Return open findings by organization and severity, as of the last sweep."""
    points = ScopePoint.objects.filter(unit=None).order_by("organization_id", "-at").distinct("organization_id")
    return [
        ((str(point.organization_id), point.organization.name, severity), getattr(point, field))
        for point in points.select_related("organization")
        for severity, field in SEVERITIES.items()
    ]


def workers() -> int | None:
    """Return how many workers are alive."""
    return alerts.live_workers()


def scheduler_age() -> float | None:
    """Return the seconds since the scheduler looked last."""
    seen = heartbeat.scheduler_seen_at()
    return None if seen is None else max(0.0, (timezone.now() - seen).total_seconds())
