"""The score over time with its events, shared by the pages that draw it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.http import HttpRequest

from posture.history import query as history
from posture.history.query import ChartEvent, ClosedVersion, ResourceRecord, StoredVersion
from posture.history.scope import Scope
from posture.web.scoping import url_in_scope

STEP = "step"
"""The kind of an event that is a simulation's step."""
BROKEN = {"failed": "A sweep failed", "cancelled": "A sweep was cancelled"}
"""States of sweeps that did not come to their end, in words."""
OUTPOST = "AWS::Outposts::Outpost"


def chart_events(scope: Scope, since: datetime, until: datetime) -> list[ChartEvent]:
    """Return the events of a period, steps of a simulation included, oldest first."""
    period = history.date_key(scope, since), history.date_key(scope, until)
    # Plain, and so quickly kept: thousands may happen in a large organization.
    found = history.get_or_compute(
        scope, "happenings", lambda: _as_tuples(_collect_events(scope, since, until)), *period
    )
    return [ChartEvent(*each) for each in found]


def _as_tuples(found: Iterable[ChartEvent]) -> list[tuple[datetime, str, str]]:
    return [(one.at, one.kind, one.title) for one in found]


def _collect_events(scope: Scope, since: datetime, until: datetime) -> list[ChartEvent]:
    # A step's title says what was done on purpose: it comes before what followed from it.
    found = [
        *_sweeps(scope, since, until),
        *_outposts(scope, since, until),
        *history.list_chart_events(scope, since, until),
    ]
    return sorted(found, key=lambda one: (one.at, one.kind != STEP))


def _sweeps(scope: Scope, since: datetime, until: datetime) -> Iterator[ChartEvent]:
    """Yield a simulation's steps, and the sweeps that did not come to their end.

    Steps are shown to those who see all accounts, which they may name.
    """
    ended = history.snapshots(scope).filter(as_of__gt=since, as_of__lte=until)
    for one in ended.filter(~Q(title="") | Q(state__in=BROKEN)):
        if one.title and scope.sees_everything:
            yield ChartEvent(one.as_of, STEP, one.title)
        if one.state in BROKEN:
            yield ChartEvent(one.as_of, "sweep", BROKEN[one.state])


def _outposts(scope: Scope, since: datetime, until: datetime) -> Iterator[ChartEvent]:
    """Yield the racks that arrived after the first snapshot."""
    first = history.get_first_snapshot(scope)
    start = max(since, first.as_of) if first else since
    if start <= until:
        for rack in _racks(scope, start, until):
            yield ChartEvent(rack.first_seen, "outpost", f"{rack.account.name}: Outpost {rack.name} arrived")


def _racks(scope: Scope, since: datetime, until: datetime) -> Iterable[ResourceRecord]:
    # Few come, and to look for the versions of one type that began is a step in an index; to compare both ends is not.
    began = {"account__among": scope.account_pks, "type": OUTPOST, "valid_from__gt": since, "valid_from__lte": until}
    current, closed = (
        table.objects.filter(**began).values_list("resource_id", flat=True) for table in (StoredVersion, ClosedVersion)
    )
    versions = list(current.union(closed))
    return history.changes_between(scope, since, until).added.filter(resource_id__in=versions) if versions else []


def day_url(request: HttpRequest, on: date, **query: object) -> str:
    """Return the URL of the changes of a day."""
    return url_in_scope(request, "drift:drift", None, **{**query, "since": on - timedelta(days=1), "until": on})
