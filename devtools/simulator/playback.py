"""Play the story to the product.

Week by week the simulator moves on, then the queue sweeps it for real.

Afterwards the scheduler sweeps each hour, and after each sweep another hour passes in the simulator.

It may be stopped at any point and started again: the database says which weeks were swept, the simulator which were
applied, and the simulator never runs ahead of the sweeps.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import urllib3
from django.db import DatabaseError, close_old_connections
from django.db.models import Sum
from django.utils import timezone

from accounts.models import Organization
from devtools.simulator.apply import applied_until, apply_hour, apply_until, end_of_story, hours_passed
from devtools.simulator.declared import Declared
from devtools.simulator.people import assign_owners, connect_clusters
from devtools.simulator.simulator import Control
from posture.history.models import AccountSweep, Snapshot
from posture.orchestration.discovery import discover
from posture.orchestration.requests import SweepRunningError, request_sweep

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
STUCK_SECONDS = 600
FOLLOW_SECONDS = 15.0
"""How often is looked whether a sweep has ended since the last hour passed."""
HOURS = 1
"""The schedule of the simulated Organization."""


class StuckError(Exception):
    """Nothing moves any more; the message says what to look at."""


@dataclass(frozen=True)
class Playback:
    """The playback of one story; `report` takes lines of progress."""

    control: Control
    declared: Declared
    report: Callable[[str], None]

    def organization(self) -> Organization:
        """Return the simulated Organization's row, onboarded."""
        facts = self.declared.organization
        organization, _ = Organization.objects.get_or_create(
            partition="aws",
            root_account_id=facts["management"],
            defaults={
                "name": facts["company"].removesuffix(" GmbH"),
                "kind": Organization.Kind.ORGANIZATION,
                "state": Organization.State.CONNECTED,
                "role_name": facts["role"],
                "external_id": facts["external_id"],
                "trusted_principal": f"arn:aws:iam::{facts['management']}:user/{facts['caller']}",
                "regions": facts["regions"],
                "classification_keys": ["data-classification"],
                "sensitive_values": ["confidential", "restricted"],
                "is_simulated": True,
                "sweep_every_hours": 0,
            },
        )
        return organization

    def schedule(self, organization: Organization) -> None:
        """Let the scheduler sweep from now on, unless somebody has chosen a schedule."""
        Organization.objects.filter(pk=organization.pk, sweep_every_hours=0).update(sweep_every_hours=HOURS)

    def follow(self, organization: Organization, stop: threading.Event) -> None:
        """Let an hour pass after each sweep, until `stop` is set."""
        while not stop.is_set():
            try:
                close_old_connections()
                self.pass_hour(organization)
            except (DatabaseError, urllib3.exceptions.HTTPError):
                logger.warning("no hour could pass in the simulation; it is tried again", exc_info=True)
            stop.wait(FOLLOW_SECONDS)

    def pass_hour(self, organization: Organization) -> bool:
        """Let an hour pass if a sweep has ended since the last did; return whether it did."""
        if not self.declared.hours:
            return False
        newest = organization.snapshots.order_by("-started_at").first()
        is_swept = newest is not None and newest.state != Snapshot.State.RUNNING
        if newest is None or not is_swept or self.control.health()["story"].get("passed_after") == newest.pk:
            return False
        hour = hours_passed(self.control) + 1
        apply_hour(self.control, self.declared, hour, timezone.now())
        self.control.ask("POST", "story", passed_after=newest.pk)
        self.control.save()
        self.report(f"{timezone.now():%H:%M} UTC · {self.declared.title_of_hour(hour)}")
        return True

    def play(self, organization: Organization, until: int, swept: Collection[int]) -> None:
        """Apply the weeks up to `until`, and sweep those in `swept` that are pending."""
        now = self._now(organization)
        pending = self._pending(organization, swept)
        if self._must_restart(pending, now):
            self.control.ask("POST", "reset")
        if not pending and applied_until(self.control, self.declared) >= until:
            return
        if pending:
            # The scheduler's own sweeps would come in between.
            Organization.objects.filter(pk=organization.pk).update(sweep_every_hours=0)
        try:
            for week in range(until + 1):
                apply_until(self.control, self.declared, week, now)
                if week in pending:
                    self._sweep(organization, week, self.declared.date_of(week, now))
        finally:
            self.control.save()

    def _pending(self, organization: Organization, swept: Collection[int]) -> list[int]:
        """Return the weeks to sweep.

        After the last that was swept, since history goes one way.
        """
        ended = [s for s in self._snapshots(organization) if s.state != Snapshot.State.RUNNING]
        last = max((self._week_of(organization, s.as_of) for s in ended), default=-1)
        return sorted(week for week in swept if week > last)

    def _must_restart(self, pending: list[int], now: dt.datetime) -> bool:
        """Return whether the simulator is ahead of the sweeps or of another start.

        Then a database was lost.

        After a restart everything gets the same ids, so that nothing looks replaced.
        """
        applied = applied_until(self.control, self.declared)
        if applied < 0:
            return False
        return end_of_story(self.control) != now or (bool(pending) and applied > pending[0])

    def _snapshots(self, organization: Organization) -> list[Snapshot]:
        return list(organization.snapshots.filter(trigger=Snapshot.Trigger.SIMULATION).order_by("as_of"))

    def _now(self, organization: Organization) -> dt.datetime:
        """Return the moment of the last week: that of an earlier start, or now."""
        snapshots = self._snapshots(organization)
        if not snapshots:
            return timezone.now().replace(microsecond=0)
        return snapshots[0].as_of + dt.timedelta(weeks=self.declared.last_week)

    def _week_of(self, organization: Organization, as_of: dt.datetime) -> int:
        return self.declared.last_week - (self._now(organization) - as_of).days // 7

    def _sweep(self, organization: Organization, week: int, date: dt.datetime) -> None:
        """Discover and sweep one week; one that was asked for before is waited for."""
        snapshot = organization.snapshots.filter(trigger=Snapshot.Trigger.SIMULATION, as_of=date).first()
        begun = time.monotonic()
        if snapshot is None:
            discover(organization, date)
            assign_owners(organization)
            connect_clusters(organization, self.declared, week)
            snapshot = self._request(organization, date, self.declared.week(week).title)
        self._wait(snapshot)
        self._report_week(snapshot, week, time.monotonic() - begun)

    def _request(self, organization: Organization, date: dt.datetime, title: str) -> Snapshot:
        while True:
            try:
                return request_sweep(organization, trigger=Snapshot.Trigger.SIMULATION, as_of=date, title=title)
            except SweepRunningError as error:
                self._wait(error.snapshot)

    def _wait(self, snapshot: Snapshot) -> None:
        """Wait until a sweep has ended, by whatever worker.

        Give up when nothing moves for long.
        """
        seen, moved = -1, time.monotonic()
        while snapshot.state == Snapshot.State.RUNNING:
            time.sleep(POLL_SECONDS)
            snapshot.refresh_from_db()
            ended = snapshot.account_sweeps.exclude(
                state__in=[AccountSweep.State.QUEUED, AccountSweep.State.RUNNING]
            ).count()
            if ended != seen:
                seen, moved = ended, time.monotonic()
            elif time.monotonic() - moved > STUCK_SECONDS:
                raise StuckError(f"{snapshot} has not moved for {STUCK_SECONDS // 60} minutes: is a worker running?")

    def _report_week(self, snapshot: Snapshot, week: int, seconds: float) -> None:
        parts = snapshot.account_sweeps.aggregate(resources=Sum("resource_count"), gaps=Sum("gap_count"))
        done = snapshot.account_sweeps.filter(state=AccountSweep.State.DONE).count()
        gaps = f", {parts['gaps']} gap{'s' * (parts['gaps'] > 1)}" if parts["gaps"] else ""
        self.report(
            f"Week {week:>2} of {self.declared.last_week} · {snapshot.as_of:%d %b %Y} · "
            f"{done} accounts, {parts['resources'] or 0:,} resources{gaps} · {seconds:4.1f} s · {snapshot.title}"
        )
