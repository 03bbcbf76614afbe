"""The pages of sweeps: the list, one live and afterwards, gaps, and starting one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import admin_required
from accounts.models import Organization
from accounts.states import remedy_for
from posture.history import query
from posture.history.query import AnyGap, Snapshot, exclude_closures, list_closures
from posture.history.scope import present
from posture.orchestration.requests import NothingToSweepError, SweepRunningError, cancel, request_sweep
from posture.orchestration.time_left import time_left
from posture.pages.sweeps import causes, charts, closed_regions, queries
from posture.pages.sweeps.filters import GapFilters, SweepFilters
from posture.pages.sweeps.gap_history import history
from posture.pages.sweeps.gap_policies import fix_for_all
from posture.pages.sweeps.results import headline
from posture.pages.sweeps.tables import GapTable, PartTable, SweepTable
from posture.web import alerts, parameters
from posture.web.lists import TablePage
from posture.web.pages import DetailPage
from posture.web.parameters import is_on
from posture.web.scoping import requested_scope, require_user, scope_of, url_in_scope
from posture.web.tables import configure

Trigger = Snapshot.Trigger
EVERY = "every"
"""Query parameter of the gaps page that lists those behind closed regions as well."""


class SweepList(TablePage):
    """All sweeps of the organization."""

    heading = "Sweeps"
    noun = "sweep"
    table = SweepTable
    filters = SweepFilters
    template_name = "sweeps/list.html"

    def rows(self) -> QuerySet[Snapshot]:
        """Return the sweeps."""
        return query.snapshots(self.scope).filter(as_of__lte=self.scope.now)

    def make_table(self, rows: Any) -> SweepTable:
        """Return the table of the sweeps that the filters leave, with their figures."""
        self.found = queries.with_figures(self.scope, rows)
        return SweepTable(self.found)

    def context(self) -> dict[str, Any]:
        """Return the chart of recent sweeps, the running one, and whether one may start."""
        running = queries.running(self.scope)
        gaps = query.get_or_compute(self.scope, "gap_count", query.all_gaps(self.scope).filter(blinds=True).count)
        return {
            "durations": charts.of_sweeps(self.request, self.found),
            "running": running,
            "gap_count": gaps,
            "organization": self.scope.organization,
            "was_swept": query.get_first_snapshot(self.scope) is not None,
        }


class SweepPage(DetailPage[Snapshot]):
    """One sweep: its progress while it runs, then what it found and cost."""

    template_name, name = "sweeps/detail.html", "snapshot"

    def load(self) -> Snapshot:
        return query.get_snapshot(self.scope, self.kwargs["pk"])

    @property
    def is_running(self) -> bool:
        """Return True until the sweep has ended."""
        return self.thing.state == Snapshot.State.RUNNING

    def context(self) -> dict[str, Any]:
        return self._progress() if self.is_running else {**self._progress(), **self._result()}

    def _progress(self) -> dict[str, Any]:
        """Return a sweep's progress and chart, and the time left while it runs."""
        scope, snapshot = self.scope, self.thing
        status = queries.sweep_status(scope, snapshot)
        left = time_left(snapshot, status.now, alerts.live_workers()) if self.is_running else None
        timings = queries.timings(scope, snapshot)
        return {
            "status": status,
            "headline": headline(status),
            "failures": queries.account_failures(status.failed),
            "picture": charts.of_sweep(self.request, snapshot, timings, status.partial, status.now),
            "time_left": left,
        }

    def _result(self) -> dict[str, Any]:
        scope, snapshot = self.scope, self.thing
        return {
            "expense": queries.expense(scope, snapshot),
            "table": configure(PartTable(queries.parts(scope, snapshot), snapshot=snapshot), self.request),
            "operations": queries.busiest(scope, snapshot),
            "previous": queries.previous(scope, snapshot),
        }


class LiveSweep(SweepPage):
    """The changing part of a running sweep's page."""

    template_name = "sweeps/live.html"

    def context(self) -> dict[str, Any]:
        return self._progress()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the part; have htmx load the whole page if the sweep has ended."""
        response = super().get(request, *args, **kwargs)
        if not self.is_running:
            response["HX-Refresh"] = "true"
        return response


@require_POST
@admin_required
def begin(request: HttpRequest) -> HttpResponse:
    """Ask for a sweep now; where one runs already, lead to it."""
    scope_of(request)
    organization = requested_scope(request).organization
    if organization is None:
        messages.warning(request, "There is no organization to sweep: connect one first.")
        return redirect(url_in_scope(request, "sweeps:list"))
    try:
        snapshot = request_sweep(
            organization, trigger=Trigger.PERSON, as_of=_date(organization), by=require_user(request)
        )
    except SweepRunningError as error:
        messages.info(request, str(error))
        snapshot = error.snapshot
    except NothingToSweepError as error:
        messages.warning(request, str(error))
        return redirect(url_in_scope(request, "sweeps:list"))
    return redirect(url_in_scope(request, "sweeps:detail", {"pk": snapshot.pk}))


def _date(organization: Organization) -> datetime | None:
    """Return the date of a sweep started now.

    During a simulation's story it is a minute after the last one.
    """
    in_story = organization.is_simulated and not organization.sweep_every_hours
    return present(organization) + timedelta(minutes=1) if in_story else None


@require_POST
@admin_required
def cancel_sweep(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a sweep."""
    snapshot = query.get_snapshot(scope_of(request), pk)
    if cancel(snapshot):
        messages.success(request, "The sweep was cancelled. Accounts that had been read keep their new data.")
    else:
        messages.info(request, "The sweep had ended already.")
    return redirect(url_in_scope(request, "sweeps:detail", {"pk": pk}))


class GapList(TablePage):
    """What could not be seen."""

    heading = "Gaps"
    noun = "gap"
    table = GapTable
    filters = GapFilters
    template_name = "sweeps/gaps.html"

    def rows(self) -> QuerySet[AnyGap]:
        """Return the current gaps; those within closed regions where they are asked for."""
        every = query.all_gaps(self.scope)
        return every if is_on(self.request, EVERY) else exclude_closures(every)

    @property
    def hidden_parameters(self) -> list[tuple[str, str]]:
        """Keep on listing what closed regions hide while the rest is filtered."""
        return [(EVERY, "1")] if is_on(self.request, EVERY) else []

    def context(self) -> dict[str, Any]:
        """Return the gaps by cause, each account's hidden share, and unread accounts."""
        found = causes.causes(self.scope)
        shut = list_closures(self.scope)
        blinding = [one for one in found if one.blinds]
        unasked = [(one, remedy_for(one.state)) for one in self.scope.accounts if not one.is_swept]
        last, unread = queries.unread_at_last_sweep(self.scope)
        was_swept = query.get_first_snapshot(self.scope) is not None
        return {
            "closed": closed_regions.by_policy(shut),
            "closed_count": len({one.region for one in shut}),
            "blinding": blinding,
            "fix_for_all": fix_for_all(((one.action, one.reason) for one in blinding), self.scope.organization),
            "answered": [one for one in found if not one.blinds],
            "blind": query.load_blind_share(self.scope),
            "unasked": unasked,
            "unread": unread,
            "last": last,
            "was_swept": was_swept,
            "is_clear": was_swept and bool(self.scope.account_pks) and not (blinding or shut or unasked or unread),
            "is_narrowed": any(parameters.has(self.request, name) for name in NARROWING),
        }


NARROWING = ("q", "account_id", "reason", "region", "resource_type", "sort", "page", EVERY)
"""Query parameters of the list of all gaps, which is open where one of them is there."""


@require_safe
def gap_history(request: HttpRequest) -> HttpResponse:
    """Return when gaps of an action and reason opened and closed, for the gaps page."""
    action, reason = parameters.text(request, "action"), parameters.text(request, "reason")
    found = history(scope_of(request), action, reason)
    return render(request, "sweeps/gap_history.html", {"history": found})
