"""Progress of a running sweep, which every page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from posture.history import query
from posture.history.query import AccountSweep, Snapshot
from posture.history.scope import Scope

WAITING = [AccountSweep.State.QUEUED, AccountSweep.State.RUNNING]
RUNNING_SECONDS, SIMULATED_SECONDS, IDLE_SECONDS = 3, 10, 30
"""How often a page asks while a sweep runs, between those of a simulation, and while none does."""


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """The sweep that runs, if one does, and the newest that is complete."""

    running: Snapshot | None
    done: int
    total: int
    failed: int
    newest: datetime | None
    is_simulated: bool = False
    step: str = ""
    """What a simulation's step is about, for those who see all that it speaks of."""

    @property
    def share(self) -> float:
        """How much of the running sweep is done, 0..1."""
        return self.done / self.total if self.total else 0.0

    @property
    def poll_seconds(self) -> int:
        """Seconds after which to ask again."""
        if self.running:
            return RUNNING_SECONDS
        return SIMULATED_SECONDS if self.is_simulated else IDLE_SECONDS

    @property
    def is_first(self) -> bool:
        """Return True before the first sweep."""
        return self.newest is None

    @property
    def newest_key(self) -> str:
        """An id of the newest complete sweep, by which a page notices a newer one."""
        return self.newest.isoformat() if self.newest else "none"


def sweep_progress(scope: Scope, sweeps: tuple[Snapshot | None, Snapshot | None]) -> SweepProgress:
    """Return the progress of the scope's sweeps.

    `sweeps` are those of `query.under_way`.
    """
    running, last = sweeps
    newest = last.as_of if last else None
    simulated = bool(scope.organization and scope.organization.is_simulated)
    if running is None:
        return SweepProgress(None, 0, 0, 0, newest, simulated)
    asked = query.account_sweeps(scope, running).exclude(state=AccountSweep.State.SKIPPED)
    counts = asked.aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=Q(state__in=WAITING)),
        failed=Count("pk", filter=Q(state__in=[AccountSweep.State.REFUSED, AccountSweep.State.FAILED])),
    )
    done, step = counts["total"] - counts["waiting"], running.title if scope.sees_everything else ""
    return SweepProgress(running, done, counts["total"], counts["failed"], newest, simulated, step)
